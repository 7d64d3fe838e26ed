"""Makes a cassette with rows of two runs, fetched behind a day, and the values of the rows that a file is made of.

    history.py DAY FOLDER

Of the first run it has all rows, in pages; of the second those behind the ones that are exported: `exported.sql` asks for
them, to be written as FOLDER/RUN.parquet.
"""

import json
import sys
from pathlib import Path

import recorded

PAGE = 1000
ROWS = 2345
# A page, and the steps behind it are not at once there: 0.31.0 asks for live rows of a page that reaches them, is told the
# exported ones of that page too, and shows those twice.
EXPORTED = range(PAGE)
LIVE = range(PAGE + 10, PAGE + 40)


def row(step):
    """Validators log lists and tables, and not the same at every step."""
    told = {"_step": step, "_timestamp": 1773532800.25 + step * 12, "loss": step / 8}
    if step % 7 == 0:
        told["allocated_hotkeys"] = [f"5A{step}", "5B\u00fc\U0001f600"]
    if step % 11 == 0:
        told["stats"] = {"07": {"score": 47.50000000000001, "own_score": True}, "7": {"score": 9007199254740993}}
    return told


def exported(step):
    return {"_step": step, "loss": step / 8}


def behind_the_last_poll(day):
    """Two runs, and when that was."""
    *_, (ended_at_ms, nodes) = recorded.polls(day)
    whole, partly = recorded.oldest_first(nodes)[:2]
    return whole["name"], partly["name"], ended_at_ms


def expected(day):
    """Rows by run."""
    whole, partly, _ = behind_the_last_poll(day)
    return {
        whole: [row(step) for step in range(ROWS)],
        partly: [exported(step) for step in EXPORTED] + [row(step) for step in LIVE],
    }


def exchange(run, steps, fetched_at_ms, ends):
    variables = {"entity": "neuralinternet", "project": "opencompute", "run": run}
    variables |= {"minStep": steps.start, "maxStep": steps.stop, "pageSize": PAGE}
    rows = [json.dumps(row(step), ensure_ascii=False, separators=(",", ":")) for step in steps]
    body = json.dumps({"data": {"project": {"run": {"history": rows}}}})
    request = {"method": "POST", "target": "/graphql"}
    request["body"] = json.dumps({"query": "query HistoryPage($run: String!) { project }", "variables": variables})
    line = {"source": "wandb_history", "fetched_at_ms": fetched_at_ms, "request": request, "status": 200, "body": body}
    return {**line, "ends": "poll"} if ends else line


def main(day, folder):
    whole, partly, last_ms = behind_the_last_poll(day)
    out = [{"cassette": 1}]
    for start in range(0, ROWS, PAGE):
        out.append(exchange(whole, range(start, min(start + PAGE, ROWS)), last_ms + 1000 + start, False))
    out.append(exchange(partly, LIVE, last_ms + 9000, True))
    text = "".join(json.dumps(line) + "\n" for line in out)
    Path(folder, "history.cassette").write_text(text, encoding="utf-8")
    values = ", ".join(f"({step}, {step / 8})" for step in EXPORTED)
    sql = f"select column1 as \"_step\", cast(column2 as double) as loss from (values {values}) order by 1"
    Path(folder, "exported.sql").write_text(sql, encoding="utf-8")
    print(partly)


if __name__ == "__main__":
    main(*sys.argv[1:])
