"""Judges the answers to each question, and counts."""

import re
import tomllib
from collections import Counter
from pathlib import Path

from answers import Crash, Refusal, Rows, same_rows

SHOWN_MAX = 400


class Exceptions:
    """The differences that are meant: each has a name, a reason, a pattern of the SQL, an oracle, or "any", and perhaps
    the one kind of difference that it is."""

    def __init__(self, path):
        self.known = tomllib.loads(Path(path).read_text(encoding="utf-8")).get("exception", [])
        for known in self.known:
            known["pattern"] = re.compile(known["pattern"], re.IGNORECASE | re.DOTALL)
        # By name: of the fixed questions, and of all.
        self.met_fixed, self.met = Counter(), Counter()

    def name(self, question, oracle, found):
        for known in self.known:
            is_of_kind = known["oracle"] in (oracle, "any") and known.get("kind", found) == found
            if is_of_kind and known["pattern"].search(question.sql):
                self.met[known["name"]] += 1
                self.met_fixed[known["name"]] += not question.is_random
                return known["name"]
        return None

    def unmet(self):
        """Names that no fixed question shows any more."""
        return [known["name"] for known in self.known if not self.met_fixed[known["name"]]]


class Verdicts:
    def __init__(self, exceptions):
        self.exceptions = exceptions
        self.counts = Counter()
        self.failures = []

    def judge(self, question, ours, theirs):
        """`theirs` has the answer of each oracle by its name."""
        fault = None
        if isinstance(ours, Crash):
            fault = "annals fails"
        elif question.refused is not None:
            is_as_said = isinstance(ours, Refusal) and question.refused in ours.text
            self.counts["refused as marked"] += is_as_said
            fault = None if is_as_said else f"marked as refused ({question.refused})"
        else:
            self.compare(question, ours, theirs)
            return
        self.count(question, fault, ours, theirs)

    def compare(self, question, ours, theirs):
        faults = []
        for oracle, answer in theirs.items():
            found = difference(question, ours, answer)
            self.counts[f"asked of {oracle}"] += 1
            self.counts["refused by both"] += found is None and isinstance(ours, Refusal)
            if found is not None and self.exceptions.name(question, oracle, found) is None:
                faults.append(f"{oracle}: {found}")
        self.count(question, ", ".join(faults) or None, ours, theirs)

    def count(self, question, fault, ours, theirs):
        kind = "random" if question.is_random else "fixed"
        self.counts[kind] += 1
        self.counts["failed" if fault else "passed"] += 1
        if fault:
            answers = "".join(f"\n  {name}: {answer}" for name, answer in {"annals": ours, **theirs}.items())
            sql = "\n  ".join(question.sql.split("\n"))
            self.failures.append(f"{question} ({question.log}): {fault}\n  {sql}{answers}")


def difference(question, ours, theirs):
    """What is wrong beside one oracle's answer; None if nothing is."""
    if isinstance(theirs, Crash):
        return "the oracle fails"
    if isinstance(theirs, Refusal):
        if not (question.raises or question.is_random):
            return "the oracle refuses"
        return "annals answers where an error is right" if isinstance(ours, Rows) else None
    if question.raises:
        return "the oracle answers where an error is right"
    if isinstance(ours, Refusal):
        return "annals refuses"
    return None if same_rows(ours.rows, theirs.rows, question.in_order) else "another answer"
