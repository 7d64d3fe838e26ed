#!/usr/bin/env bash
# Prints a python3 that has DuckDB, after making one if need be; tests/benches/metrics.rs asks it what annals is asked.
#
# duckdb is installed from PyPI, once, into ~/.cache/annals-duckdb-venv, or DUCKDB_VENV, unless python3 has it. Nothing else
# outside is asked.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

venv=${DUCKDB_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-duckdb-venv}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

has_duckdb() { "$1" -c 'import duckdb' 2> /dev/null; }

install() {
    python3 -c 'import ensurepip, venv' 2> /dev/null || fail "there is no python3 with venv (apt-get install python3-venv)"
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" > "$log" 2>&1 || fail "python3 makes no venv: $(tail -n 1 "$log")"
    timeout 600 "$venv/bin/pip" install --quiet --disable-pip-version-check 'duckdb>=1.1' > "$log" 2>&1 ||
        fail "duckdb could not be installed: $(tail -n 1 "$log")"
}

if has_duckdb python3; then
    command -v python3
else
    has_duckdb "$venv/bin/python" || install
    echo "$venv/bin/python"
fi
