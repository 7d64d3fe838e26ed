"""The bodies that are compared, and what annals finds in them."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CONTENT_TYPES = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
PEERS = ("python", "promtool", "prometheus", "exemplars")


@dataclass
class Case:
    name: str
    format: str
    body: bytes
    # What annals says by the corpus; None for other bodies.
    verdict: str | None = None
    # By peer: `refuses`, `takes` or `reads otherwise`.
    differences: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self):
        return CONTENT_TYPES[self.format]

    def __str__(self):
        return f"{self.format}, {self.name}"


@dataclass(frozen=True)
class Sample:
    """A sample as every peer can tell it: labels and exemplar's labels in order, numbers as doubles."""

    name: str
    labels: tuple
    value: str
    timestamp_ms: int | None = None
    exemplar: tuple | None = None


def number(text):
    """A double as text, so that NaN equals itself and -0 is not 0."""
    return repr(float(text))


def labels(of):
    return tuple(sorted(of.items()))


def read_corpus(path):
    cases, case = [], None
    for count, line in enumerate(Path(path).read_text(encoding="utf-8").split("\n"), 1):
        said = line.split(": ", 1)[0].split(" ", 1) if ": " in line else [""]
        if line.startswith("## "):
            case = Case(line[3:], "", b"")
            cases.append(case)
        elif case is None or not line:
            assert line == "" or line.startswith("#"), f"{path}:{count}: {line}"
        elif line in CONTENT_TYPES and not case.format:
            case.format = line
        elif re.match(r"\|( |$)", line):
            case.body += unescape(line[2:]) + b"\n"
        elif line.startswith("> "):
            case.body += unescape(line[2:])
        elif re.fullmatch(r"takes \d+|refuses \d+: .+", line) and case.verdict is None:
            case.verdict = line
        elif said[0] in PEERS and said[1] in ("refuses", "takes", "reads otherwise") and said[0] not in case.differences:
            case.differences[said[0]] = said[1]
        else:
            raise ValueError(f"{path}:{count}: {line}")
    assert len({str(case) for case in cases}) == len(cases), "two cases have one name"
    return cases


def unescape(line):
    return re.sub(rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), line.encode())


def read_recorded(folder):
    paths = sorted(Path(folder).glob("*.txt"))
    assert paths, f"{folder} has no bodies"
    return [Case(path.name, "text", path.read_bytes()) for path in paths]


def difference(ours, theirs):
    """What a peer does that annals does not; None if there is nothing. Each gave samples, or an error as a text."""
    if isinstance(ours, str) or isinstance(theirs, str):
        if isinstance(ours, str) == isinstance(theirs, str):
            return None
        return "refuses" if isinstance(theirs, str) else "takes"
    return None if ours == theirs else "reads otherwise"


def taken(ours):
    """Stands for the samples of a peer that tells no more than that it took the body."""
    return [] if isinstance(ours, str) else ours


class Verdicts:
    """Counts what was compared, and keeps each difference that the corpus does not name, or names in vain."""

    def __init__(self):
        self.bodies = self.samples = self.named = 0
        self.wrong = []

    def compare(self, case, peer, ours, theirs):
        self.bodies += 1
        found, named = difference(ours, theirs), case.differences.get(peer)
        if found is None and named is None and not isinstance(ours, str):
            self.samples += len(ours)
        if found == named:
            self.named += named is not None
            return
        said = f"{peer} {found or 'does the same'}" + (f", but the corpus says that it {named}" if named else "")
        self.wrong.append(f"{case}: {said}\n  annals: {only(ours, theirs)}\n  {peer}: {only(theirs, ours)}")

    def tell(self, what):
        """Prints the counts, and what was wrong; returns whether nothing was."""
        for wrong in self.wrong[:20]:
            print(wrong)
        samples = f", {self.samples} samples equal" if self.samples else ""
        named = f"{self.named} differences named with their reason"
        print(f"{what}: {self.bodies} bodies compared{samples}, {named}, {len(self.wrong)} others")
        return not self.wrong


def only(these, others):
    if isinstance(these, str) or isinstance(others, str):
        return these if isinstance(these, str) else f"{len(these)} samples"
    return [sample for sample in these if sample not in others][:3]


class Annals:
    def __init__(self, program):
        self.program = program

    def read(self, body, content_type, limits=()):
        """The samples, or the error as a text."""
        arguments = [self.program, content_type, *map(str, limits)]
        ended = subprocess.run(arguments, input=body, capture_output=True, check=True)
        # JSON lines: characters such as U+2028 may stand in them as they are.
        lines = [json.loads(line) for line in ended.stdout.decode().split("\n") if line]
        if lines and "error" in lines[0]:
            return f"{lines[0]['line']}: {lines[0]['error']}"
        return [self.sample(line) for line in lines]

    @staticmethod
    def sample(line):
        exemplar = line["exemplar"]
        if exemplar:
            exemplar = (labels(exemplar["labels"]), number(exemplar["value"]), exemplar["timestamp_ms"])
        return Sample(line["name"], labels(line["labels"]), number(line["value"]), line["timestamp_ms"], exemplar)
