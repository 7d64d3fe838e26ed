#!/usr/bin/env bash
# Asks annals, DuckDB and PostgreSQL the same questions in SQL over the same tables, and compares the answers.
#
#   tests/sql-differential.sh [--seed N] [--count N] [--only TEXT]
#
# Logs are made of fixtures/, and all their tables are loaded into both. The questions are those in
# tests/sql-differential/questions/, and COUNT more (1,000) that are made up from a seed, which is printed. --only
# leaves those whose file or SQL has TEXT. tests/sql-differential/exceptions.toml names each difference that is meant,
# and why.
#
# ANNALS names a built program; without it, it is built. DuckDB and psycopg are installed from PyPI, once, as
# tests/duckdb-python.sh says, and PostgreSQL from Debian's packages where it is missing. It runs in a temporary folder,
# without a network.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "-- $*"; }

house=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$house/target}
helpers=$house/tests/sql-differential
work=$(mktemp -d)
asking=
# A server that still runs would hold the folder.
trap '[ -z "$asking" ] || { kill "$asking" 2> /dev/null && wait "$asking"; }; rm -rf "$work"' EXIT

install_packages() {
    step "installing $*"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
        > "$work/apt.log" 2>&1 || fail "$* could not be installed: $(tail -n 1 "$work/apt.log")"
}

# The newest of Debian's servers: their programs are not on PATH.
postgres_programs() {
    local programs
    for programs in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        [ -x "$programs/initdb" ] && [ -x "$programs/postgres" ] && echo "$programs" && return
    done
    return 1
}

python3 -c 'import ensurepip, venv' 2> /dev/null || install_packages python3 python3-venv
python=$("$house/tests/duckdb-python.sh" duckdb==2.0.1 'psycopg[binary]==3.3.9')
postgres=$(postgres_programs) || { install_packages postgresql; postgres=$(postgres_programs); } ||
    fail "Debian's postgresql has no initdb and postgres"

[ -n "${ANNALS:-}" ] || (cd "$house" && cargo build --quiet --locked --workspace --bins)

export PYTHONDONTWRITEBYTECODE=1
timeout 3600 "$python" "$helpers/main.py" "${ANNALS:-$target/debug/annals}" "$postgres" "$house/fixtures" "$work" "$@" &
asking=$!
wait "$asking"
