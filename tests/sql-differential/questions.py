"""Reads the questions in questions/*.sql.

A statement ends with a line that ends with `;`. The comment above it says who asks what, and may have markers, each a
line of its own: `-- log: NAME`, `-- oracle: duckdb | postgres | both`, `-- raises` where an error is the right answer,
and `-- refused: TEXT` where annals is known to refuse, with TEXT. The markers of a comment that is followed by an empty
line hold for all statements below it.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

ORACLES = {"duckdb": ["duckdb"], "postgres": ["postgres"], "both": ["duckdb", "postgres"]}


@dataclass(frozen=True)
class Question:
    sql: str = ""
    file: str = ""
    line: int = 0
    log: str = "golden-tie"
    oracles: tuple = ("duckdb",)
    raises: bool = False
    refused: str | None = None
    is_random: bool = False

    def __str__(self):
        return f"{self.file}:{self.line}"

    @property
    def in_order(self):
        """Whether the outermost query has ORDER BY."""
        depth, bare = 0, re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*", "''", self.sql.lower())
        for token in re.finditer(r"[()]|\border\s+by\b", bare):
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            if depth == 0 and token[0].startswith("order"):
                return True
        return False


def marked(question, comment):
    """The question with what the markers among the lines of `comment` say."""
    for line in comment:
        name, _, value = line.removeprefix("--").strip().partition(":")
        value = value.strip()
        if name == "log":
            question = replace(question, log=value)
        elif name == "oracle":
            question = replace(question, oracles=tuple(ORACLES[value]))
        elif name == "raises":
            question = replace(question, raises=True)
        elif name == "refused":
            question = replace(question, refused=value)
    return question


def read_file(path):
    common, comment, statement = Question(file=path.name), [], []
    for count, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if statement or (line and not line.startswith("--")):
            statement.append(line)
            if line.endswith(";"):
                sql = "\n".join(statement)[:-1]
                yield replace(marked(common, comment), sql=sql, line=count - len(statement) + 1)
                statement, comment = [], []
        elif line:
            comment.append(line)
        else:
            common, comment = marked(common, comment), []
    assert not statement, f"{path}: the last statement has no end"


def read(folder):
    paths = sorted(Path(folder).glob("*.sql"))
    return [question for path in paths for question in read_file(path)]
