"""DuckDB: reads Parquet files, and is asked as PostgreSQL would be."""

import duckdb

from answers import Refusal, Rows, settled

# As PostgreSQL and annals have it: 7 / 2 is 3, nulls come last where the order ascends.
SETTINGS = "set integer_division = true; set default_null_order = 'postgres'; set timezone = 'UTC'; set threads = 1"


class DuckDb:
    name = "duckdb"

    def __init__(self, of=None):
        """A new database in memory, or one more connection to that of another."""
        self.connection = of.connection.cursor() if of else duckdb.connect()
        self.connection.execute(SETTINGS)

    def load(self, log, columns, files):
        """Makes a schema of a log's tables: columns with annals' types by table, and the Parquet files of some."""
        self.connection.execute(f'create schema "{log}"')
        for table, described in columns.items():
            cells = ", ".join(f'"{name}" {column_type(kind)}' for name, kind in described)
            self.connection.execute(f'create table "{log}"."{table}" ({cells})')
            if table in files:
                self.connection.execute(f'insert into "{log}"."{table}" by name from \'{files[table]}\'')

    def rows(self, log, table):
        return self.connection.execute(f'select * from "{log}"."{table}"').fetchall()

    def read_parquet(self, path):
        return self.fetch(f"select * from read_parquet('{path}')")

    def ask(self, log, sql):
        try:
            self.connection.execute(f"set schema = '{log}'")
            return Rows(self.fetch(sql))
        except duckdb.Error as error:
            return Refusal(str(error))

    def fetch(self, sql):
        return [tuple(map(settled, row)) for row in self.connection.execute(sql).fetchall()]


def column_type(kind):
    """The type, in DuckDB and in PostgreSQL, of a column that annals describes as one of Arrow's."""
    # PostgreSQL knows no unsigned integers.
    if kind.startswith(("Int", "UInt")):
        return "bigint"
    if kind.startswith("Timestamp"):
        return "timestamptz"
    return {"Utf8": "text", "Boolean": "boolean", "Float64": "double precision"}[kind]
