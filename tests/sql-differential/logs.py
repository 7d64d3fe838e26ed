"""The logs that are asked, made of fixtures, and their tables as Parquet files."""

import csv
import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCENARIOS = ["golden-tie", "sn27-day", "chain-ladder", "scrapes"]
DATABASE = "computedb"
NAMES = [*SCENARIOS, DATABASE]
COLUMNS = (
    "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'"
    " order by table_name, ordinal_position"
)


def run(program, *arguments):
    ended = subprocess.run([program, *map(str, arguments)], capture_output=True)
    assert ended.returncode == 0, f"annals {arguments}: {ended.stderr.decode(errors='replace')}"
    return ended.stdout


def make(program, fixtures, folder):
    """Makes all logs in `folder`, each with the name of its fixture."""
    fixtures, folder = Path(fixtures), Path(folder)
    for name in SCENARIOS:
        run(program, "fixture", "check", fixtures / name, "--keep", folder / name)
    run(program, "--data", folder / DATABASE, "init", "--netuid", "27")
    run(program, "--data", folder / DATABASE, "ingest", fixtures / DATABASE / "database.db")


def rows(program, log, sql):
    text = run(program, "--data", log, "query", sql, "--output", "csv").decode()
    return list(csv.DictReader(io.StringIO(text)))


def export(program, log, folder):
    """Writes every table that has rows to a Parquet file; returns columns of all, and the files by their tables."""
    folder.mkdir()
    columns = {}
    for row in rows(program, log, COLUMNS):
        columns.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
    counted = " union all ".join(f"select '{table}' as t, count(*) as n from {table}" for table in columns)
    files = {row["t"]: folder / f"{row['t']}.parquet" for row in rows(program, log, counted) if row["n"] != "0"}

    def write(table):
        sql = f"select * from {table}"
        files[table].write_bytes(run(program, "--data", log, "query", sql, "--output", "parquet"))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, files))
    return columns, files
