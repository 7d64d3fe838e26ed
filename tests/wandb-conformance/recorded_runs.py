"""Compares what annals has recorded of runs with what their writers wrote.

    recorded_runs.py ANNALS LOG server|file WRITTEN...
"""

import json
import subprocess
import sys

import checks
from written import without

# Where the config of a run is among what its entry vouches for: in the node of an answer, or as it stands in a file.
PAYLOAD = {"server": 0, "file": 1}


def main(annals, log, source, *files):
    def run(*arguments):
        return subprocess.run([annals, "--data", log, *arguments], check=True, capture_output=True).stdout

    def query(sql):
        return [json.loads(line) for line in run("query", sql, "--output", "ndjson").splitlines()]

    for file in files:
        with open(file, encoding="utf-8") as told:
            told = json.load(told)
        what = f"run {told['run']} from a {source}"
        of_run = f"where kind = 'wandb_run' and native_id = '{told['run']}' order by log_index desc limit 1"
        [state] = query(f"select log_index from events {of_run}")
        payload = json.loads(run("raw", str(state["log_index"]), "--payload", str(PAYLOAD[source])))
        config = json.loads(payload["config"]) if source == "server" else payload
        config = {key: value["value"] for key, value in config.items() if key != "_wandb"}
        checks.is_true(config == told["config"], f"the config of {what}: {config}")
        rows = query(f"select step, row from wandb_history where run_id = '{told['run']}' order by log_index")
        checks.same([row["step"] for row in rows], list(range(len(told["rows"]))), f"the steps of {what}")
        rows = [without("_", json.loads(row["row"])) for row in rows]
        checks.is_true(rows == told["rows"], f"the rows of {what}: {rows}")
        if source == "server":
            [run_row] = query(f"select state from wandb_runs where run_id = '{told['run']}'")
            checks.same(run_row["state"], told["state"], f"the state of {what}")
            claims = query(f"select count(*) as n from allocation_claims_history where run_id = '{told['run']}'")
            checks.is_true(claims[0]["n"] > 4, f"the claims of {what}: {claims}")
    checks.same(query("select count(*) as n from coverage where outcome = 'missing'"), [{"n": 0}], "rows are missing")


if __name__ == "__main__":
    main(*sys.argv[1:])
    checks.end()
