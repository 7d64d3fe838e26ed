"""Bodies that hold as much as a limit allows, and a little more."""

from cases import Case

# The name of the metric, of the job and of the instance are labels to Prometheus.
ADDED_LABELS = 3
# Every limit of these; each is longer than what Prometheus adds.
SAMPLES, LABELS, NAME_BYTES, VALUE_BYTES = 3, 2, 10, 20


def labelled(count):
    return "a{" + ",".join(f'b{number}="c"' for number in range(count)) + "} 1"


def jobs():
    """By path, the bodies for which Prometheus has a limit, and that limit as its configuration has it."""
    samples = ["a 1\n# HELP b c\nb 2\nc 3", "a 1\nb 2\nc 3\nd 4", "a 1\na 1\na 1\na 1"]
    labels = [labelled(LABELS), labelled(LABELS + 1)]
    names = [f'a{{{"b" * NAME_BYTES}="c"}} 1', f'a{{{"b" * (NAME_BYTES + 1)}="c"}} 1']
    values = [
        f'a{{b="{"c" * VALUE_BYTES}"}} 1', f'a{{b="{"c" * (VALUE_BYTES + 1)}"}} 1',
        f'a{{b="{"é" * (VALUE_BYTES // 2)}"}} 1', f'a{{b="{"é" * (VALUE_BYTES // 2)}c"}} 1',
        f'a{{b="{chr(92) * 2 * VALUE_BYTES}"}} 1', f'a{{b="{chr(92) * 2 * VALUE_BYTES}c"}} 1',
        f'{"a" * VALUE_BYTES} 1', f'{"a" * (VALUE_BYTES + 1)} 1',
    ]
    by_key = {
        "sample_limit": (SAMPLES, samples),
        "label_limit": (LABELS + ADDED_LABELS, labels),
        "label_name_length_limit": (NAME_BYTES, names),
        "label_value_length_limit": (VALUE_BYTES, values),
    }
    listed = []
    for place, (key, (limit, bodies)) in enumerate(by_key.items()):
        # The path is the name of the instance, and so bounded itself.
        cases = {
            f"/limits/{place}/{number}": Case(f"{key} {number}", "text", f"{body}\n".encode())
            for number, body in enumerate(bodies)
        }
        listed.append((cases, {key: limit}))
    return listed


def of_annals(keys):
    """The same limit for annals; the others are as good as none."""
    (key,) = keys
    none = 1 << 32
    return [
        SAMPLES if key == "sample_limit" else none,
        LABELS if key == "label_limit" else none,
        NAME_BYTES if key == "label_name_length_limit" else none,
        VALUE_BYTES if key == "label_value_length_limit" else none,
    ]
