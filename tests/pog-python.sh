#!/usr/bin/env bash
# Compares annals' verifier of proofs of GPU with a stranger's, gpu/tests/verify_pog.py, on transcripts good and forged.
#
#   tests/pog-python.sh             runs the comparison
#   tests/pog-python.sh --python    prints a python3 that has numpy, after making one if need be; the comparison calls this
#
# numpy is installed from PyPI, once, into ~/.cache/annals-pog-venv, or POG_VENV, unless python3 has it. Nothing else outside
# is asked.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

house=$(cd "$(dirname "$0")/.." && pwd)
venv=${POG_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-pog-venv}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

has_numpy() { "$1" -c 'import numpy' 2> /dev/null; }

install() {
    if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } > "$log" 2>&1 ||
            fail "there is no python3 with venv: $(tail -n 1 "$log")"
    fi
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" > "$log" 2>&1 || fail "python3 makes no venv: $(tail -n 1 "$log")"
    timeout 600 "$venv/bin/pip" install --quiet --disable-pip-version-check 'numpy>=1.24' > "$log" 2>&1 ||
        fail "numpy could not be installed: $(tail -n 1 "$log")"
}

if [ "${1:-}" = --python ]; then
    if has_numpy python3; then
        command -v python3
    else
        has_numpy "$venv/bin/python" || install
        echo "$venv/bin/python"
    fi
    exit
fi

cd "$house"
cargo test --workspace --locked --test gpu stranger
