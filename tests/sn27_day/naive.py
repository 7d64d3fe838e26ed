"""The day a second time: upstream's readers (compute/wandb/wandb.py, v1.9.0) over all runs, anew after every poll.

    naive.py CASSETTE GIVEN

CASSETTE is not compressed; GIVEN is JSON with the policy, and the (run id, hotkey, signature) triples that verify: Python
has no sr25519. Prints a line of JSON for each poll: the rows that the tables should have after it. Nothing is carried
from one poll to the next but what W&B said.

Where upstream cannot be asked, these are decisions, and the same as those of annals on purpose:
- A run is there until W&B, asked for it by its id, has none.
- A reader raises over a poll that failed if it has a run to ask for, and that is known from the last poll that was whole.
- Where upstream raises over an entry, the others are picked from as if it were not there, and the rest of the uids stand.
- A sweep that broke off leaves the reader of specs with what came. A poll of the newest fifty that failed leaves it with
  the specs of the last whole poll, though its outcome is `partial` then, too.
"""

import json
import sys
from collections import Counter
from datetime import datetime

with open(sys.argv[2], encoding="utf-8") as file:
    GIVEN = json.load(file)
POLICY = GIVEN["policy"]
VERIFIED = {tuple(triple) for triple in GIVEN["verified"]}


class CommError(Exception):
    """Paging broke off."""


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# --- what W&B said -------------------------------------------------------------------------------------------------------


class Run:
    def __init__(self, node):
        self.id, self.state = node["name"], node["state"]
        self.created = datetime.fromisoformat(node["createdAt"].replace("Z", "+00:00"))
        config = json.loads(node["config"])
        hidden = ("_wandb", "wandb_version")
        self.config = {key: value["value"] for key, value in config.items() if key not in hidden}

    def matches(self, role):
        inner = self.config.get("config")
        return self.config.get("role") == role and isinstance(inner, dict) and inner.get("netuid") == POLICY["netuid"]

    def signature(self):
        """`verify_run`, and why not."""
        hotkey, signature = self.config.get("hotkey"), self.config.get("signature")
        if not (hotkey and signature):
            return "absent"
        try:
            if len(bytes.fromhex(signature)) != 64:
                return "malformed"
        except (ValueError, TypeError):
            return "malformed"
        return "valid" if (self.id, hotkey, signature) in VERIFIED else "wrong"


def in_order(runs):
    return sorted(runs, key=lambda run: (run.created, run.id))


def polls(path):
    """The exchanges of each poll, its parts put together."""
    with open(path, encoding="utf-8") as lines:
        assert json.loads(next(lines)) == {"cassette": 1}
        exchanges = []
        for line in lines:
            exchanges.append(json.loads(line))
            if exchanges[-1].get("ends") == "poll":
                yield exchanges
                exchanges = []
    assert not exchanges


def page_of(exchange):
    if exchange.get("status") != 200:
        raise CommError
    answer = json.loads(exchange["body"])
    if answer.get("errors") or not (answer.get("data") or {}).get("project"):
        raise CommError
    return answer["data"]["project"]["runs"]


def gone_by(exchanges):
    """The runs that W&B, asked for them by id, does not have: nothing else says that one is gone."""
    bodies = [(json.loads(exchange["request"]["body"]), exchange) for exchange in exchanges]
    asked = [(body["variables"]["name"], exchange) for body, exchange in bodies if "name" in body["variables"]]
    return {name for name, exchange in asked if json.loads(exchange["body"])["data"]["project"]["run"] is None}


def read(exchanges):
    """Scope, whether it is whole, and the runs that it told of."""
    order = json.loads(exchanges[0]["request"]["body"])["variables"]["order"]
    scope, runs = {"+created_at": "sweep", "-heartbeat_at": "recent"}[order], []
    try:
        for exchange in exchanges:
            if "name" in json.loads(exchange["request"]["body"])["variables"]:
                continue
            page = page_of(exchange)
            runs += [Run(edge["node"]) for edge in page["edges"]]
        if scope == "sweep" and page["pageInfo"]["hasNextPage"]:
            raise CommError
    except CommError:
        return scope, False, runs
    # The order in which upstream meets the runs: W&B's, and ours.
    assert scope != "sweep" or [run.id for run in runs] == [run.id for run in in_order(runs)]
    return scope, True, runs


# --- upstream's readers --------------------------------------------------------------------------------------------------


def standing(run, role="validator"):
    """The first test that fails."""
    if run.config.get("role") != role:
        return "other_role"
    if not run.matches(role):
        return "other_netuid"
    if run.signature() != "valid":
        return "signature_" + run.signature()
    return "counted" if run.config["hotkey"] in POLICY["validators"] else "validator_not_valid"


def extended(value):
    """What `list.extend` takes from a value."""
    try:
        return list(value) if value else []
    except TypeError:
        return []


def list_rows(runs, field, is_checklist):
    for run in in_order(runs):
        why = standing(run)
        counts, unflagged = why == "counted", why in ("counted", "validator_not_valid")
        if is_checklist:
            # `_bak` overwrites the hotkeys it is given.
            counts = unflagged = unflagged and run.config.get("hotkey") == POLICY["checklist_hotkey"]
            if why in ("counted", "validator_not_valid"):
                why = "counted" if counts else "not_the_checklist_hotkey"
        for position, item in enumerate(extended(run.config.get(field))):
            row = {"run_id": run.id, "position": position, "item": text(item), "validator": run.config.get("hotkey")}
            row.update(counts=counts, counts_unflagged=unflagged, reason=why)
            if is_checklist:
                row["in_fixed_run"] = run.id == POLICY["checklist_run"]
            yield row


def aggregate(runs):
    """The first half of `get_stats_allocated`; each entry with the run that it comes from."""
    aggregator = {}
    for run in in_order(runs):
        try:
            stats = run.config.get("stats", {})
            if standing(run) == "counted" and stats:
                for uid, data in stats.items():
                    if data.get("own_score") is True and data.get("score", 0) > 0 and data.get("allocated") is True:
                        aggregator.setdefault(uid, []).append((data, run))
                        (data.get("gpu_specs") or {}).get("gpu_name", "N/A")
        except Exception:  # as upstream does: what was appended stays
            pass
    return aggregator


def combo_of(data):
    specs = data.get("gpu_specs", {})
    return specs.get("gpu_name"), specs.get("num_gpus"), data.get("score", 0)


def pick_dominant(entries):
    """`pick_dominant_dict`, and how it came to it."""
    combos = [combo_of(data) for data, _ in entries]
    counter = Counter(combos)
    top_count = counter.most_common(1)[0][1]
    top = [combo for combo, count in counter.items() if count == top_count]
    chosen = max(top, key=lambda combo: combo[2])
    ties = sum(combo[2] == chosen[2] for combo in top)
    rule = "most_votes" if len(top) == 1 else "first_run" if ties > 1 else "highest_score"
    data, run = next(entry for entry, combo in zip(entries, combos) if combo == chosen)
    return data, run, {"votes": top_count, "candidates": len(top), "rule": rule, "order_tie": ties > 1}


def raises(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__
    return None


def offender(entries):
    """Whose entry it is that cannot be counted."""
    for test in (combo_of, lambda data: hash(combo_of(data))):
        for data, run in entries:
            if raises(test, data):
                return run.id
    return None


def stats(runs):
    """Rows, and the first exception out of the call: class, run, uid. An entry over which upstream raises is left out."""
    picked, raised = {}, None
    for uid, entries in aggregate(runs).items():
        entries = [(data, run) for data, run in entries if data.get("score", 0) != 0]
        if not entries:
            continue
        how = {"votes": 1, "candidates": 1, "rule": "only_entry", "order_tie": False}
        data, run = entries[0]
        if len(entries) > 1:
            exception = raises(pick_dominant, entries)
            if exception:
                raised = raised or (exception, offender(entries), uid)
                rest = [entry for entry in entries if isinstance(entry[0].get("gpu_specs", {}), dict)]
                if not rest or raises(pick_dominant, rest):
                    continue
                data, run, how = pick_dominant(rest)
            else:
                data, run, how = pick_dominant(entries)
        picked[uid] = (data, run, dict(how, entries=len(entries)))
    rows = {}
    for uid, (data, run, how) in picked.items():
        if raises(int, uid):
            raised = raised or ("ValueError", run.id, uid)
            continue
        specs = data.get("gpu_specs") or {}
        row = {"uid": int(uid), "uid_key": uid, "hotkey": data.get("hotkey"), "gpu_name": specs.get("gpu_name")}
        row.update(num_gpus=specs.get("num_gpus"), score=data["score"], score_text=text(data["score"]), run_id=run.id)
        row.update(validator=run.config["hotkey"], entry=text(data), **how)
        rows[int(uid)] = row
    return [rows[uid] for uid in sorted(rows)], raised


def specs_rows(runs):
    """`get_miner_specs`, with those that are not queryable."""
    asked = [run for run in in_order(runs) if run.matches("miner") and run.state == "running"]
    for index, run in enumerate(asked, start=1):
        specs, hotkey = run.config.get("specs"), run.config.get("hotkey")
        if run.signature() == "valid" and specs:
            gpu = specs.get("gpu") or {}
            name = gpu["details"][0]["name"] if gpu.get("details") else None
            row = {"run_id": run.id, "specs_index": index, "hotkey": hotkey, "queryable": hotkey in POLICY["queryable"]}
            row.update(gpu_name=name, num_gpus=gpu.get("count"), specs=text(specs))
            yield row


def outcomes(runs, has_failed, raised):
    """How each reader ends. Whether it has any run to ask for is known from the last poll that was whole."""
    by_field = lambda field: [run for run in runs if run.matches("validator") and field in run.config]
    of_checker = [
        run for run in by_field("penalized_hotkeys_checklist") if run.config.get("hotkey") == POLICY["checklist_hotkey"]
    ]
    asked = {
        "get_allocated_hotkeys": by_field("allocated_hotkeys"),
        "get_miner_specs": [run for run in runs if run.matches("miner") and run.state == "running"],
        "get_penalized_hotkeys": by_field("penalized_hotkeys"),
        "get_penalized_hotkeys_checklist_bak": of_checker,
        "get_stats_allocated": by_field("stats"),
    }
    nothing = {"exception": None, "run_id": None, "uid_key": None, "returns": None}
    rows = []
    for function, matched in asked.items():
        row = {"function": function, "outcome": "returns", **nothing}
        if matched and has_failed:
            # The reader of specs catches it, and returns what it has.
            row.update(outcome="partial" if function == "get_miner_specs" else "raises", exception="CommError")
        elif function == "get_stats_allocated" and raised:
            row.update(outcome="raises", exception=raised[0], run_id=raised[1], uid_key=raised[2])
        rows.append(row)
    fixed = {"function": "get_penalized_hotkeys_checklist", "outcome": "raises", **nothing, "exception": "CommError"}
    for run in runs:
        if run.id == POLICY["checklist_run"]:
            value = run.config.get("penalized_hotkeys_checklist")
            returns = None if isinstance(value, list) else text(value)
            fixed.update(outcome="returns", exception=None, run_id=run.id, returns=returns)
    return sorted(rows + [fixed], key=lambda row: row["function"])


def main():
    current, waiting = {}, {}
    for exchanges in polls(sys.argv[1]):
        scope, is_whole, told = read(exchanges)
        told_by_id = {run.id: run for run in told}
        partial = told if scope == "sweep" and not is_whole else None
        if not is_whole:
            waiting.update(told_by_id)
        else:
            # A list that leaves a run out proves nothing.
            gone = gone_by(exchanges)
            current = {**current, **waiting, **told_by_id}
            current = {run_id: run for run_id, run in current.items() if run_id not in gone}
            waiting = {}
        runs = list(current.values())
        rows, raised = stats(runs)
        poll = {"scope": scope, "outcome": "complete" if is_whole else "failed", "pages": len(exchanges)}
        tables = {
            "wandb_polls": [dict(poll, runs=len(told_by_id))],
            "allocated_hotkeys": list(list_rows(runs, "allocated_hotkeys", False)),
            "penalized_hotkeys": list(list_rows(runs, "penalized_hotkeys", False)),
            "penalized_checklist": list(list_rows(runs, "penalized_hotkeys_checklist", True)),
            "stats": rows,
            "miner_specs": list(specs_rows(runs if partial is None else partial)),
            "upstream_outcome": outcomes(runs, not is_whole, raised),
        }
        print(json.dumps(tables))


main()
