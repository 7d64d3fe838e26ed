"""annals as a program that is asked: one process a question."""

import re
import subprocess
from pathlib import Path

from answers import Crash, Refusal, Rows

SECONDS = 60
REFUSED = 2
# It says so before every answer.
MADE_FOR_TESTS = "annals: fixture: this log was made for tests"


class Annals:
    def __init__(self, program, data, reader, answer):
        """`reader` is a DuckDB that reads the answers, and `answer` the file that one is written to."""
        self.program, self.data = program, data
        self.reader, self.answer = reader, Path(answer)

    def ask(self, sql):
        arguments = [self.program, "--data", self.data, "query", "-", "--output", "parquet"]
        try:
            with self.answer.open("wb") as out:
                ended = subprocess.run(
                    arguments, input=sql.encode(), stdout=out, stderr=subprocess.PIPE, timeout=SECONDS
                )
        except subprocess.TimeoutExpired:
            return Crash(f"no answer after {SECONDS} s")
        said = ended.stderr.decode(errors="replace")
        said = "\n".join(line for line in said.splitlines() if not line.startswith(MADE_FOR_TESTS))
        if ended.returncode == 0:
            return Rows(self.reader.read_parquet(self.answer))
        said = re.sub(r"^annals: ", "", said)
        return Refusal(said) if ended.returncode == REFUSED else Crash(f"exit {ended.returncode}: {said}")
