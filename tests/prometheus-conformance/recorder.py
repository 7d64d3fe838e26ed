"""Has annals scrape node_exporter, and compares each sample in its log with the body that was passed on.

recorder.py READ_METRICS ANNALS PACKAGES FOLDER

What annals told of itself meanwhile lies in FOLDER/page afterwards.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from cases import Annals, Sample, number
from prometheus import PATIENCE_S, Server, free_port, stop
from scrapes import Recorder

SCRAPES = 30
# Of the bodies, what their scrapes may take in the log.
ROOM_MAX = 0.10


def ask(annals, sql):
    answer = subprocess.run([annals, "query", sql, "--output", "csv"], check=True, capture_output=True, text=True)
    return list(csv.DictReader(answer.stdout.splitlines()))


def record(annals, target, recorder, page):
    """Has it scraped until enough answers came, keeps its own metrics, and ends the recorder as a user does."""
    listen = f"127.0.0.1:{free_port()}"
    run = [annals, "run", "--only", "metrics", "--no-announced", "--target", target, "--allow-loopback"]
    run += ["--scrape-every", "1", "--scrape-timeout", "1", "--metrics-listen", listen]
    process = subprocess.Popen(run, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while len(recorder.answers) <= SCRAPES and process.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {len(recorder.answers)} scrapes")
            time.sleep(0.1)
        with urllib.request.urlopen(f"http://{listen}/metrics", timeout=10) as own:
            page.write_bytes(own.read())
        process.send_signal(signal.SIGINT)
        if process.wait(30) != 0:
            raise RuntimeError(f"annals run ended with {process.returncode}")
    finally:
        stop([process])


def compared(reader, rows, recorder):
    """How many samples of how many scrapes are those of their bodies; raises where one is not."""
    scrapes = {}
    for row in rows:
        labels = tuple(sorted(json.loads(row["labels"]).items()))
        scrapes.setdefault(row["log_index"], []).append(Sample(row["metric"], labels, number(row["value"])))
    count = 0
    for index, found in scrapes.items():
        (of,) = (int(float(sample.value)) for sample in found if sample.name == Recorder.NUMBER)
        content_type, body = recorder.answers[of]
        expected = [Sample(sample.name, sample.labels, sample.value) for sample in reader.read(body, content_type)]
        order = lambda sample: (sample.name, sample.labels, sample.value)
        if sorted(found, key=order) != sorted(expected, key=order):
            raise AssertionError(f"entry {index} has other samples than the body that was passed on")
        count += len(found)
    return count, len(scrapes)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
    read_metrics, annals, packages = sys.argv[1:4]
    folder = Path(sys.argv[4])
    os.environ["ANNALS_DATA"] = str(folder / "log")
    subprocess.run([annals, "init", "--netuid", "27"], check=True, stdout=subprocess.DEVNULL)
    (before,) = ask(annals, "select sum(bytes) as bytes from system.segments")
    port = free_port()
    with open(folder / "exporter.log", "wb") as log:
        command = [f"{packages}/usr/bin/prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]
        exporter = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        recorder = Recorder(f"http://127.0.0.1:{port}/metrics")
        recorder.wait()
        server = Server(lambda path, accept: recorder.answer(accept))
        record(annals, server.address, recorder, folder / "page")
    finally:
        stop([exporter])
    failed = ask(annals, "select * from scrapes where outcome <> 'ok'")
    rows = ask(annals, "select log_index, metric, labels, value from samples order by log_index")
    samples, scrapes = compared(Annals(read_metrics), rows, recorder)
    (sums,) = ask(annals, "select sum(body_bytes) as bodies from scrapes")
    (after,) = ask(annals, "select sum(bytes) as bytes from system.segments")
    room = (int(after["bytes"]) - int(before["bytes"])) / int(sums["bodies"])
    print(f"recorder: {scrapes} scrapes, {samples} samples, as they were passed on; {len(failed)} failed")
    print(f"recorder: {room:.3f} of the bodies' bytes in the log (target: at most {ROOM_MAX:.2f} over 100 scrapes)")
    return scrapes >= SCRAPES and not failed


sys.exit(not main())
