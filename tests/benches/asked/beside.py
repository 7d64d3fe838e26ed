"""Asks DuckDB questions about `events`, a file of Parquet: beside.py FILE TIMES SQL...

Prints a line a question: how many rows it has, and the seconds that each of its times took.
"""

import sys
import time

import duckdb

THREADS = 2


def main(file, times, questions):
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"create view events as select * from read_parquet('{file}')")
    for sql in questions:
        seconds = []
        for _ in range(times + 1):
            began = time.perf_counter()
            rows = len(connection.execute(sql).fetchall())
            seconds.append(time.perf_counter() - began)
        print(rows, *seconds[1:])


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
