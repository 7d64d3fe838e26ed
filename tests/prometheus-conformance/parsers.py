"""Compares annals with prometheus_client and `promtool check metrics`.

parsers.py READ_METRICS PROMTOOL CORPUS RECORDED SEED
"""

import subprocess
import sys

import generated
import python_client
from cases import Annals, Verdicts, read_corpus, read_recorded, taken

# Of a body that was read, and that breaks rules of good naming.
PROMTOOL_LINTS = 3


def promtool(program, body, ours):
    """The error, or what annals has: of a body that it takes promtool shows nothing."""
    checked = subprocess.run([program, "check", "metrics"], input=body, capture_output=True)
    if checked.returncode in (0, PROMTOOL_LINTS):
        return taken(ours)
    return checked.stderr.decode(errors="replace").strip()


def main():
    program, tool, corpus, recorded, seed = sys.argv[1:]
    annals = Annals(program)
    with_python, with_promtool = Verdicts(), Verdicts()
    for case in [*read_corpus(corpus), *read_recorded(recorded), *generated.bodies(seed)]:
        ours = annals.read(case.body, case.content_type)
        with_python.compare(case, "python", ours, python_client.read(case.body, case.format))
        if case.format == "text":
            with_promtool.compare(case, "promtool", ours, promtool(tool, case.body, ours))
    # promtool shows no samples.
    with_promtool.samples = 0
    is_right = [with_python.tell("prometheus_client"), with_promtool.tell("promtool")]
    sys.exit(not all(is_right))


main()
