#!/usr/bin/env bash
# Compares what annals finds in the answers of metrics endpoints with what others find: Python's prometheus_client, promtool,
# and a Prometheus that scrapes the same bodies. They are those of log/tests/exposition/corpus.txt, recorded ones, 600 that
# are made up, and those of node_exporter, blackbox_exporter and Prometheus itself, which run on loopback for half a minute.
#
#   tests/prometheus-conformance.sh [SEED]
#
# Then annals itself scrapes node_exporter for half a minute, and each sample in its log is compared with the bodies;
# what it tells of itself meanwhile, and fixtures/observe/, are checked by promtool.
#
# READ_METRICS names a built log/examples/read_metrics.rs, ANNALS a built program; without them, they are built.
# prometheus_client is installed from PyPI and Prometheus is unpacked from Debian's packages, once, into
# ~/.cache/annals-prometheus, or PROMETHEUS_CACHE. Nothing is installed outside of it, and nothing else outside is asked.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "-- $*"; }

house=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$house/target}
cache=${PROMETHEUS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-prometheus}
helpers=$house/tests/prometheus-conformance
client=0.26.0
programs='prometheus promtool prometheus-node-exporter prometheus-blackbox-exporter'
seed=${1:-${ANNALS_SEED:-$RANDOM$RANDOM}}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } > "$work/apt.log" 2>&1 ||
        fail "there is no python3 with venv: $(tail -n 1 "$work/apt.log")"
fi

has_client() {
    "$cache/venv/bin/python" -c "from importlib.metadata import version; assert version('prometheus_client') == '$client'" 2> /dev/null
}
if ! has_client; then
    step "installing prometheus_client $client"
    rm -rf "$cache/venv"
    mkdir -p "$cache"
    python3 -m venv "$cache/venv" > "$work/pip.log" 2>&1 || fail "python3 makes no venv: $(tail -n 1 "$work/pip.log")"
    timeout 600 "$cache/venv/bin/pip" install --quiet --disable-pip-version-check "prometheus_client==$client" \
        > "$work/pip.log" 2>&1 || fail "prometheus_client could not be installed: $(tail -n 1 "$work/pip.log")"
fi

has_programs() {
    for program in $programs; do [ -x "$cache/packages/usr/bin/$program" ] || return 1; done
}
if ! has_programs; then
    step "unpacking Prometheus and its exporters"
    rm -rf "$cache/packages"
    mkdir -p "$cache/packages" "$work/packages"
    (cd "$work/packages" && apt-get update -qq && timeout 600 apt-get download -qq \
        prometheus prometheus-node-exporter prometheus-blackbox-exporter) > "$work/apt.log" 2>&1 ||
        fail "the packages could not be had: $(tail -n 1 "$work/apt.log")"
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$cache/packages"; done
    has_programs || fail "the packages lack one of $programs"
fi

read_metrics=${READ_METRICS:-$target/debug/examples/read_metrics}
[ -n "${READ_METRICS:-}" ] || (cd "$house" && cargo build --quiet --locked --workspace --example read_metrics)

export PYTHONDONTWRITEBYTECODE=1
corpus=$house/log/tests/exposition/corpus.txt
compare() { # PROGRAM ARGUMENTS...
    local program=$1
    shift
    timeout 300 "$cache/venv/bin/python" "$helpers/$program" "$read_metrics" "$@"
}

echo "ANNALS_SEED=$seed"
step "parsers"
compare parsers.py "$cache/packages/usr/bin/promtool" "$corpus" "$house/fixtures/prometheus" "$seed"
step "scrapes"
compare scrapes.py "$cache/packages" "$corpus" "$house/fixtures/prometheus" "$seed" "$work"
step "recorder"
[ -n "${ANNALS:-}" ] || (cd "$house" && cargo build --quiet --locked --workspace --bins)
compare recorder.py "${ANNALS:-$target/debug/annals}" "$cache/packages" "$work"
step "annals' own metrics"
"$house/tests/observe/promtool.sh" "$cache/packages/usr/bin" "$work/page"
