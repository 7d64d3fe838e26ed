"""Asks all questions and says what came of them.

main.py ANNALS POSTGRES_PROGRAMS FIXTURES WORK [--seed N] [--count N] [--only TEXT]
"""

import argparse
import os
import random
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import catalog
import generated
import logs
import questions
from annals import Annals
from duck import DuckDb
from postgres import Server
from verdicts import SHOWN_MAX, Exceptions, Verdicts

HERE = Path(__file__).parent
WORKERS = 2


def parsed():
    parser = argparse.ArgumentParser()
    for name in ("annals", "postgres", "fixtures", "work"):
        parser.add_argument(name)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ANNALS_SEED", random.randrange(10**9))))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--only", default="")
    return parser.parse_args()


def load(program, work, duck, postgres):
    """Loads the tables of every log into both; returns how many rows there are."""
    rows = 0
    for name in logs.NAMES:
        columns, files = logs.export(program, work / name, work / f"{name}.tables")
        duck.load(name, columns, files)
        postgres.load(name, columns, duck)
        rows += sum(len(duck.rows(name, table)) for table in files)
    return rows


class Asker:
    """Puts a question to annals and its oracles; each thread has connections of its own."""

    def __init__(self, program, work, duck, server):
        self.program, self.work, self.duck, self.server = program, work, duck, server
        self.own = threading.local()
        self.making = threading.Lock()

    def connections(self):
        if not hasattr(self.own, "duckdb"):
            with self.making:
                self.own.duckdb, self.own.postgres = DuckDb(self.duck), self.server.connect()
        return self.own

    def ask(self, question):
        own = self.connections()
        answer = self.work / f"answer-{threading.get_ident()}.parquet"
        ours = Annals(self.program, self.work / question.log, own.duckdb, answer).ask(question.sql)
        theirs = {name: getattr(own, name).ask(question.log, question.sql) for name in question.oracles}
        return question, ours, theirs


def tell(verdicts, seed, is_whole):
    """Prints what came of it; returns whether nothing failed."""
    for failure in verdicts.failures[:SHOWN_MAX]:
        print(f"{failure}\n")
    counts, exceptions = verdicts.counts, verdicts.exceptions
    oracles = ", ".join(f"{counts[f'asked of {name}']} by {name}" for name in ("duckdb", "postgres"))
    print(f"fixed {counts['fixed']}, random {counts['random']} (ANNALS_SEED={seed}); answered {oracles}")
    print(f"refused as marked {counts['refused as marked']}, an error of both {counts['refused by both']}")
    for name, met in sorted(exceptions.met.items()):
        print(f"exception {name}: met {met} times")
    unmet = exceptions.unmet() if is_whole else []
    for name in unmet:
        print(f"exception {name}: no question shows it any more, so it has to go")
    print(f"passed {counts['passed']}, failed {counts['failed'] + len(unmet)}")
    return not verdicts.failures and not unmet


def main():
    arguments = parsed()
    # PostgreSQL is stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    work = Path(arguments.work)
    print(f"ANNALS_SEED={arguments.seed}", flush=True)
    logs.make(arguments.annals, arguments.fixtures, work)
    server = Server(arguments.postgres, work / "postgres")
    try:
        duck = DuckDb()
        rows = load(arguments.annals, work, duck, server.connect())
        asked = questions.read(HERE / "questions")
        asked += generated.read(arguments.seed, arguments.count, catalog.read(duck))
        asked = [question for question in asked if arguments.only in f"{question.file} {question.sql}"]
        print(f"-- {len(logs.NAMES)} logs, {rows} rows; {len(asked)} questions", flush=True)
        verdicts = Verdicts(Exceptions(HERE / "exceptions.toml"))
        asker = Asker(arguments.annals, work, duck, server)
        with ThreadPoolExecutor(WORKERS) as pool:
            for answered in pool.map(asker.ask, asked):
                verdicts.judge(*answered)
    finally:
        server.stop()
    sys.exit(not tell(verdicts, arguments.seed, not arguments.only))


main()
