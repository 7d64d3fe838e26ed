"""Reads with a real client what annals published, and takes it as upstream does: by its filter, its signature rule, its key.

    published.py URL STATE HOTKEY
"""

import hashlib
import json
import sys

import checks
import wandb
from bittensor_wallet import Keypair

PROJECT = "neuralinternet/opencompute"


def is_signed(run):
    """Upstream's rule (compute/wandb/wandb.py, verify_run): the hotkey in the config signed the SHA-256 of the run's id."""
    hotkey, signature = run.config.get("hotkey"), run.config.get("signature")
    digest = hashlib.sha256(run.id.encode()).digest()
    return bool(hotkey and signature) and Keypair(ss58_address=hotkey).verify(digest, bytes.fromhex(signature))


def main(url, state, hotkey):
    with open(state, encoding="utf-8") as told:
        told = json.load(told)
    api = wandb.Api(overrides={"base_url": url}, api_key="b" * 40, timeout=30)
    for key in ["allocated_hotkeys", "stats", "penalized_hotkeys"]:
        asked = [{"config.role": "validator"}, {"config.config.netuid": 27}, {f"config.{key}": {"$exists": True}}]
        runs = [run for run in api.runs(PROJECT, {"$and": asked}) if run.config.get("hotkey") == hotkey]
        checks.same(len(runs), 1, f"runs of {hotkey} by {key}")
        checks.is_true(is_signed(runs[0]), f"the signature of run {runs[0].id}")
        checks.same(runs[0].config[key], told[key], key)
    run = runs[0]
    checks.same([run.name, run.config["role"]], [f"validator-{hotkey}", "validator"], "whose run it is")
    rows = [{key: value for key, value in row.items() if not key.startswith("_")} for row in run.scan_history()]
    logged = {key: value for row in rows for key, value in row.items()}
    for key in ["allocated_hotkeys", "penalized_hotkeys"]:
        checks.same(logged[key], told[key], f"the last row of {key}")
    checks.is_true({"dummy_metric": 0} in rows, f"the rows: {rows}")


if __name__ == "__main__":
    main(*sys.argv[1:])
    checks.end()
