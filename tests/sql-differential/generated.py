"""Random questions by their seed: of constants for PostgreSQL, of tables for DuckDB."""

from random import Random

from catalog import LOG
from expressions import Expressions
from questions import Question
from selects import Selects

# Of three questions one is of constants.
CONSTANTS = 1 / 3


def read(seed, count, tables):
    """`count` questions. Each depends on its place and the seed alone, so that fewer are a beginning of more."""
    return [made(Random(f"{seed} {place}"), place, tables) for place in range(count)]


def made(random, place, tables):
    if random.random() < CONSTANTS:
        expressions = Expressions(random)
        sql, oracles = f"select {expressions.any()} as a, {expressions.of('bool')} as b", ("postgres",)
    else:
        sql, oracles = Selects(random, tables).make(), ("duckdb",)
    return Question(sql, "random", place, LOG, oracles, is_random=True)
