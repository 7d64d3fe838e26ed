"""Writes a run with a real client, as a validator does: configs, rows with lists, the end. And to a file, what it wrote.

    writers.py RUN_ID WRITTEN SESSION [EXIT_CODE]

SESSION counts from 0; a later one goes on with the run. The server is that of WANDB_BASE_URL.
"""

import json
import sys
from pathlib import Path

import wandb

ROUNDS = 4


def config_of(session, round_):
    """Each round replaces what the one before wrote."""
    return {
        "hotkey": "5HkTest",
        "role": "validator",
        "config": {"netuid": 27, "subtensor": {"network": "finney"}},
        "version": 190,
        "allocated_hotkeys": [f"5A{session}{round_}", "5B"],
        "stats": {"7": {"score": 47.50000000000001, "own_score": True, "gpu_specs": None}, "07": {"score": round_}},
        "penalized_hotkeys": [],
        "signature": "0f" * 64,
        "note": "\u00fc\u4e2d\U0001f600 \"quoted\"\n",
        f"only_{session}_{round_}": round_ / 8,
    }


def rows_of(session, round_):
    return [
        {"allocated_hotkeys": [f"5A{session}{round_}", "5B"]},
        {"stats": {"7": {"score": 47.5, "own_score": True}}, "penalized_hotkeys_checklist": []},
        {"dummy_metric": 0},
    ]


def main(run_id, written, session, exit_code=0):
    session, exit_code, path = int(session), int(exit_code), Path(written)
    earlier = json.loads(path.read_text()) if session else {"config": {}, "rows": []}
    of_project = {"entity": "neuralinternet", "project": "opencompute"}
    run = wandb.init(**of_project, id=run_id, name="validator-5HkTest", resume="allow", tags=["t"])
    for round_ in range(ROUNDS):
        told = config_of(session, round_)
        run.config.update(told, allow_val_change=True)
        earlier["config"] |= told
        for row in rows_of(session, round_):
            run.log(row)
            earlier["rows"].append(row)
    run.finish(exit_code=exit_code)
    state = "failed" if exit_code else "finished"
    path.write_text(json.dumps({**earlier, "run": run_id, "state": state}))


if __name__ == "__main__":
    main(*sys.argv[1:])
