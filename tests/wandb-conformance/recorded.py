"""What a cassette tells of a project, read without a line of annals: all runs behind each poll, in Python's own words."""

import io
import json

import zstandard


def lines(path):
    with open(path, "rb") as file:
        raw = zstandard.ZstdDecompressor().stream_reader(file) if str(path).endswith(".zst") else file
        for line in io.TextIOWrapper(raw, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def project(line):
    """The `project` of an answer, `None` when it is none."""
    if line.get("status") != 200:
        return None
    answer = json.loads(line["body"])
    return None if answer.get("errors") else answer["data"]["project"]


def polls(path):
    """`(time of the last answer, nodes by run id)`, poll by poll. All polls ask for the same runs."""
    known, listed = {}, set()
    asked, told, names, is_whole, has_next = None, [], set(), True, False
    for line in lines(path):
        if "cassette" in line:
            continue
        variables = json.loads(line["request"]["body"])["variables"]
        answer = project(line)
        if "name" in variables:
            # One run, that the server may not have.
            told += [(variables["name"], answer["run"])] if answer else []
        else:
            asked = variables["order"]
            is_whole = is_whole and answer is not None
            page = answer["runs"] if answer else {"edges": [], "pageInfo": {"hasNextPage": False}}
            nodes = [edge["node"] for edge in page["edges"]]
            told += [(node["name"], node) for node in nodes]
            names |= {node["name"] for node in nodes}
            has_next = page["pageInfo"]["hasNextPage"]
        if line.get("ends") != "poll":
            continue
        if asked == "+created_at" and is_whole and not has_next:
            known, listed = {name: node for name, node in known.items() if name not in listed}, set()
        known = {name: node for name, node in {**known, **dict(told)}.items() if node}
        yield line["fetched_at_ms"], known
        listed |= names
        asked, told, names, is_whole, has_next = None, [], set(), True, False


def oldest_first(nodes):
    return sorted(nodes.values(), key=lambda node: (node["createdAt"].rstrip("Z"), node["name"]))


def config(node):
    """As the public API shows it."""
    stored = json.loads(node["config"])
    hidden = ("_wandb", "wandb_version")
    unwrapped = ((key, value) for key, value in stored.items() if key not in hidden)
    return {key: value["value"] if isinstance(value, dict) and "value" in value else value for key, value in unwrapped}
