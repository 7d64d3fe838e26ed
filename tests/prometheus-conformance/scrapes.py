"""Compares annals with what Prometheus has after it scraped the same bodies, made up and of real exporters.

scrapes.py READ_METRICS PACKAGES CORPUS RECORDED SEED FOLDER
"""

import itertools
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import generated
import limits
from cases import Annals, Case, Sample, Verdicts, read_corpus, read_recorded, taken
from prometheus import PATIENCE_S, SYNTHETIC, Prometheus, Server, free_port, stop, was_scraped

BODIES_INTERVAL_S = 10
EXPORTERS_INTERVAL_S = 2
# Of each exporter, at least.
SCRAPES = 5


class Recorder:
    """Passes on what an exporter answers with a sample more, the number of the answer, and keeps it."""

    NUMBER = "recorded_answer"

    def __init__(self, url):
        self.url = url
        # By number, the content type and the body.
        self.answers = {}
        self.numbers = itertools.count()

    def answer(self, accept):
        request = urllib.request.Request(self.url, headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=EXPORTERS_INTERVAL_S) as answer:
            content_type, body = answer.headers["Content-Type"], answer.read()
        number, end = next(self.numbers), b"# EOF\n"
        numbered = body.removesuffix(end) + f"{self.NUMBER} {number}\n".encode()
        self.answers[number] = content_type, numbered + (end if body.endswith(end) else b"")
        return self.answers[number]

    def wait(self):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(self.url, timeout=1):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.url}: {error}") from error
                time.sleep(0.1)


def stored(samples, scraped_ms):
    """The samples as Prometheus keeps them: at the time of the scrape, if they have none, and no labels without a value."""
    return {Sample(sample.name, full(sample.labels), sample.value, own_ms(sample, scraped_ms)) for sample in samples}


def own_ms(sample, scraped_ms):
    return scraped_ms if sample.timestamp_ms is None else sample.timestamp_ms


def stored_exemplars(samples, scraped_ms):
    """An exemplar without a time has that of its sample; one that is too long is dropped."""
    exemplars = set()
    for sample in samples:
        if sample.exemplar:
            labels, value, at = sample.exemplar
            at = own_ms(sample, scraped_ms) if at is None else at
            if sum(len(name) + len(text) for name, text in labels) <= 128:
                exemplars.add((sample.name, full(sample.labels), full(labels), value, at))
    return exemplars


def full(labels):
    return tuple((name, value) for name, value in labels if value)


def by_scrape(samples):
    """The milliseconds of each scrape that succeeded, but the last, and the samples up to then without Prometheus' own."""
    scraped = sorted(sample.timestamp_ms for sample in samples if sample.name == "up" and sample.value == "1.0")
    scraped = scraped[:-1] or scraped
    return scraped, [sample for sample in samples if sample.name not in SYNTHETIC and sample.timestamp_ms <= scraped[-1]]


def compare_bodies(annals, cases, targets, samples, exemplars):
    """Each body is the same in each scrape."""
    verdicts, with_exemplars = Verdicts(), Verdicts()
    for name, case in cases.items():
        ours = annals.read(case.body, case.content_type)
        if targets[name]["health"] == "up":
            scraped, theirs = by_scrape(samples[name])
            if not isinstance(ours, str):
                expected = [stored(ours, at) for at in scraped]
                found_exemplars = sorted(exemplars.get(name, ()))
                # One that is the same in a later scrape is kept once.
                our_exemplars = sorted(stored_exemplars(ours, scraped[0]))
                if case.differences.get("prometheus") is None:
                    with_exemplars.compare(case, "exemplars", our_exemplars, found_exemplars)
                ours = order(set().union(*expected))
            theirs = order(theirs)
        else:
            theirs = targets[name]["lastError"]
        verdicts.compare(case, "prometheus", ours, theirs)
    return all([verdicts.tell("prometheus, bodies"), with_exemplars.tell("prometheus, exemplars")])


def compare_limits(annals, limited, targets):
    verdicts = Verdicts()
    for cases, keys in limited:
        for path, case in cases.items():
            ours = annals.read(case.body, case.content_type, limits.of_annals(keys))
            is_up = targets[path]["health"] == "up"
            verdicts.compare(case, "prometheus", ours, taken(ours) if is_up else targets[path]["lastError"])
    return verdicts.tell("prometheus, limits")


def order(samples):
    return sorted(samples, key=lambda sample: (sample.name, sample.labels, sample.timestamp_ms, sample.value))


def compare_exporters(annals, recorders, samples):
    verdicts = Verdicts()
    for name, recorder in recorders.items():
        scraped, theirs = by_scrape(samples[name])
        for at in scraped:
            found = [sample for sample in theirs if sample.timestamp_ms == at]
            (number,) = (int(float(sample.value)) for sample in found if sample.name == Recorder.NUMBER)
            content_type, body = recorder.answers[number]
            ours = order(stored(annals.read(body, content_type), at))
            verdicts.compare(Case(f"{name} at {at}", content_type, body), "prometheus", ours, order(found))
    return verdicts.tell(f"prometheus, {len(recorders)} exporters")


def start_exporters(packages, folder, prometheus_port):
    """Starts them, and returns their processes and recorders by name."""
    node, blackbox = free_port(), free_port()
    commands = {
        "prometheus-node-exporter": [f"--web.listen-address=127.0.0.1:{node}"],
        "prometheus-blackbox-exporter": [
            f"--web.listen-address=127.0.0.1:{blackbox}", f"--config.file={packages}/etc/prometheus/blackbox.yml",
        ],
    }
    processes = []
    for program, arguments in commands.items():
        with open(folder / f"{program}.log", "wb") as log:
            processes.append(subprocess.Popen([f"{packages}/usr/bin/{program}", *arguments], stdout=log, stderr=log))
    probe = f"http://127.0.0.1:{blackbox}/probe?module=http_2xx&target=http://127.0.0.1:{node}/"
    urls = {
        "node_exporter": f"http://127.0.0.1:{node}/metrics",
        "blackbox_exporter": f"http://127.0.0.1:{blackbox}/metrics",
        "blackbox_exporter's probe": probe,
        "prometheus itself": f"http://127.0.0.1:{prometheus_port}/metrics",
    }
    return processes, {name: Recorder(url) for name, url in urls.items()}


def main():
    # What was started is stopped also when time is over.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
    program, packages, corpus, recorded, seed = sys.argv[1:6]
    folder, port = Path(sys.argv[6]), free_port()
    cases = {f"/{number}": case for number, case in enumerate(
        [*read_corpus(corpus), *read_recorded(recorded), *generated.bodies(seed)])}
    processes, recorders = start_exporters(packages, folder, port)
    try:
        recorded_at = {f"/exporters/{number}": recorder for number, recorder in enumerate(recorders.values())}

        limited = limits.jobs()
        bodies = {**cases, **{path: case for bounded, _ in limited for path, case in bounded.items()}}

        def answer(path, accept):
            if path in recorded_at:
                return recorded_at[path].answer(accept)
            return bodies[path].content_type, bodies[path].body

        server = Server(answer)
        for name, recorder in recorders.items():
            if name != "prometheus itself":
                recorder.wait()
        prometheus = Prometheus(f"{packages}/usr/bin/prometheus", folder, port, [
            (BODIES_INTERVAL_S, [(path, server.address, path) for path in cases], {}),
            (EXPORTERS_INTERVAL_S, [(name, server.address, path) for path, name in zip(recorded_at, recorders)], {}),
            *((BODIES_INTERVAL_S, [(path, server.address, path) for path in bounded], keys) for bounded, keys in limited),
        ])
        processes.append(prometheus.process)
        targets = prometheus.targets(lambda named: all(was_scraped(target) for target in named.values()) and
                                     all(len(recorder.answers) > SCRAPES for recorder in recorders.values()))
        # Prometheus stores a scrape before it begins the next of a target, and only then is all of it seen for sure.
        prometheus.targets(lambda named: all(
            named[name]["lastScrape"] != first["lastScrape"] for name, first in targets.items()))
        samples, exemplars = prometheus.samples(), prometheus.exemplars()
        annals = Annals(program)
        return all([
            compare_bodies(annals, cases, targets, samples, exemplars),
            compare_limits(annals, limited, targets),
            compare_exporters(annals, recorders, samples),
        ])
    finally:
        stop(processes)


if __name__ == "__main__":
    sys.exit(not main())
