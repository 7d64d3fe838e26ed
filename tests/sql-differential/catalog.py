"""The tables that random questions are asked of: columns by type, with some of their values."""

from dataclasses import dataclass

LOG = "golden-tie"
# Tables with few rows, each with columns that together are different in every row.
KEYS = {
    "stats": ["uid"],
    "stats_votes": ["uid", "run_id"],
    "wandb_runs": ["run_id"],
    "wandb_liveness": ["run_id"],
    "validators": ["hotkey"],
    "scores": ["validator", "uid"],
    "events": ["log_index"],
    "allocated_hotkeys": ["run_id", "position"],
    "penalized_hotkeys": ["run_id", "position"],
    "upstream_outcome": ["function"],
}
KINDS = {"BIGINT": "int", "DOUBLE": "float", "VARCHAR": "text", "BOOLEAN": "bool", "TIMESTAMP WITH TIME ZONE": "time"}
VALUES_MAX = 4
TEXT_MAX = 60


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    # Literals, in SQL, of what the column holds.
    values: tuple = ()

    def of(self, table):
        """The column with the name by which another scope knows it."""
        return Column(f"{table}.{self.name}", self.kind, self.values)


def literal(value, kind):
    if kind == "text":
        return "'" + value.replace("'", "''") + "'"
    if kind == "time":
        return f"timestamptz '{value.isoformat(sep=' ')}'"
    if kind == "float":
        return f"{value!r}::float8"
    return str(value).lower()


def read(duck):
    """Columns by table, in an order that does not depend on the machine."""
    tables = {}
    for table in KEYS:
        described = duck.connection.execute(f'describe "{LOG}"."{table}"').fetchall()
        tables[table] = [column(duck, table, name, KINDS[kind]) for name, kind, *_ in described]
    return tables


def column(duck, table, name, kind):
    found = duck.connection.execute(
        f'select distinct "{name}" from "{LOG}"."{table}" where "{name}" is not null order by 1 limit {VALUES_MAX}'
    ).fetchall()
    literals = [literal(value, kind) for value, in found]
    return Column(name, kind, tuple(text for text in literals if len(text) <= TEXT_MAX))
