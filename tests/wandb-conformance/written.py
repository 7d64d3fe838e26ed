"""Reads with a real client what writers wrote, and compares every value.

    written.py URL WRITTEN...
"""

import json
import sys

import checks
import wandb

PROJECT = "neuralinternet/opencompute"


def without(own, row):
    """W&B's client adds members of its own, which begin so."""
    return {key: value for key, value in row.items() if not key.startswith(own)}


def main(url, *files):
    api = wandb.Api(overrides={"base_url": url}, api_key="b" * 40, timeout=30)
    for file in files:
        with open(file, encoding="utf-8") as told:
            told = json.load(told)
        run = api.run(f"{PROJECT}/{told['run']}")
        what = f"run {told['run']}"
        checks.same([run.state, run.name, run.tags], [told["state"], "validator-5HkTest", ["t"]], what)
        checks.is_true(run.config == told["config"], f"the config of {what}: {run.config}")
        scanned = list(run.scan_history())
        checks.is_true([without("_", row) for row in scanned] == told["rows"], f"the rows of {what}: {scanned}")
        steps = [row["_step"] for row in scanned]
        checks.same(steps, list(range(len(told["rows"]))), f"the steps of {what}")
        checks.is_true(all(row["_timestamp"] > 1.7e9 for row in scanned), f"the times of {what}")
        last = {key: value for row in told["rows"] for key, value in row.items()}
        checks.is_true(without("_", dict(run.summary_metrics)) == last, f"the summary of {what}: {run.summary_metrics}")
        checks.is_true(run.heartbeat_at >= run.created_at, f"the times of {what}")
        found = [run.id for run in api.runs(PROJECT, {"config.only_0_3": {"$exists": True}})]
        checks.is_true(told["run"] in found, f"{what} is found by its config")


if __name__ == "__main__":
    main(*sys.argv[1:])
    checks.end()
