#!/usr/bin/env bash
# Prints a python3 that has DuckDB, after making one if need be; tests/benches/metrics.rs asks it what annals is asked.
#
#   tests/duckdb-python.sh [NAME==VERSION...]
#
# It has these packages, too. All are installed from PyPI, once, into ~/.cache/annals-duckdb-venv, or DUCKDB_VENV,
# unless python3 has them. Nothing else outside is asked.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

venv=${DUCKDB_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-duckdb-venv}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Whether PYTHON has DuckDB, and the named packages in these versions.
has() { # PYTHON NAME==VERSION...
    local python=$1
    shift
    "$python" - "$@" 2> /dev/null << 'END'
import sys
from importlib.metadata import version

import duckdb

for package in sys.argv[1:]:
    name, wanted = package.split("==")
    assert version(name.split("[")[0]) == wanted
END
}

install() {
    python3 -c 'import ensurepip, venv' 2> /dev/null ||
        fail "there is no python3 with venv (apt-get install python3-venv)"
    mkdir -p "$(dirname "$venv")"
    [ -x "$venv/bin/pip" ] || python3 -m venv --clear "$venv" > "$log" 2>&1 ||
        fail "python3 makes no venv: $(tail -n 1 "$log")"
    timeout 600 "$venv/bin/pip" install --quiet --disable-pip-version-check 'duckdb>=1.1' "$@" > "$log" 2>&1 ||
        fail "duckdb $* could not be installed: $(tail -n 1 "$log")"
}

if has python3 "$@"; then
    command -v python3
else
    has "$venv/bin/python" "$@" || install "$@" >&2
    echo "$venv/bin/python"
fi
