"""A Prometheus of its own on loopback, and what it says of the targets that it scrapes."""

import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cases import Sample, number

# Samples of Prometheus' own about each scrape.
SYNTHETIC = {
    "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"
}
ADDED_LABELS = ("__name__", "instance", "job")
PATIENCE_S = 90


class Server:
    """Serves `answer(path, accept)`, a content type and a body, on a port of loopback that was free."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    content_type, body = answer(self.path, self.headers.get("Accept", ""))
                except OSError as error:
                    self.send_error(502, str(error))
                    return
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # Prometheus hangs up when it is stopped. A scrape that fails otherwise is seen in its target.
        self.server.handle_error = lambda *_: None
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def scrape_config(number, interval_s, targets, limits):
    statics = [{"targets": [at], "labels": {"instance": name, "__metrics_path__": path}} for name, at, path in targets]
    interval = f"{interval_s}s"
    times = {"scrape_interval": interval, "scrape_timeout": interval}
    return {"job_name": str(number), "static_configs": statics, **times, **limits}


class Prometheus:
    """The caller ends its process by `stop`."""

    def __init__(self, program, folder, port, jobs):
        """Each of `jobs` is an interval in seconds, name, address and path of each target, and limits."""
        self.url = f"http://127.0.0.1:{port}"
        # Prometheus reads YAML, of which JSON is a part. Samples of the past are kept, however old.
        configuration = {
            "storage": {"tsdb": {"out_of_order_time_window": "80y"}},
            "scrape_configs": [scrape_config(number, *job) for number, job in enumerate(jobs)],
        }
        (folder / "prometheus.yml").write_text(json.dumps(configuration))
        arguments = [
            program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y", "--log.level=warn",
            "--enable-feature=exemplar-storage",
        ]
        self.log = folder / "prometheus.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log)

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters).encode() if parameters else None
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}", data=query, timeout=30) as answer:
            return json.load(answer)["data"]

    def targets(self, is_enough):
        """By name, once `is_enough` of them."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                targets = self.ask("targets?state=active")["activeTargets"]
            except OSError:
                targets = []
            named = {target["labels"]["instance"]: target for target in targets}
            if named and is_enough(named):
                return named
            time.sleep(0.25)
        raise TimeoutError(f"Prometheus: {self.log.read_text()[-2000:]}")

    def samples(self):
        """By target: its samples with the milliseconds at which Prometheus has them."""
        named = {}
        for series in self.ask("query", query='{job!=""}[80y]')["result"]:
            name, labels = series["metric"]["__name__"], told(series["metric"])
            of_target = named.setdefault(series["metric"]["instance"], [])
            for seconds, value in series["values"]:
                of_target.append(Sample(name, labels, number(value), round(seconds * 1000)))
        return named

    def exemplars(self):
        """By target: name and labels of the sample, labels, value and milliseconds of its exemplar."""
        named = {}
        for series in self.ask("query_exemplars", query='{job!=""}', start=0, end=4e9):
            name, labels = series["seriesLabels"]["__name__"], told(series["seriesLabels"])
            of_target = named.setdefault(series["seriesLabels"]["instance"], set())
            for exemplar in series["exemplars"]:
                at = round(exemplar["timestamp"] * 1000)
                of_target.add((name, labels, told(exemplar["labels"]), number(exemplar["value"]), at))
        return named


def told(labels):
    """Those that the target told, in order."""
    return tuple(sorted((name, value) for name, value in labels.items() if name not in ADDED_LABELS))


def stop(processes):
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def was_scraped(target):
    return not target["lastScrape"].startswith("0001")
