#!/usr/bin/env bash
# Fuzzes whatever reads bytes that others have written: each target for SECONDS, with inputs out of fixtures/ to begin with.
#
#   tests/fuzz.sh SECONDS [TARGET...]     TARGET: a name of the list in tests/fuzz/main.rs; all of them without one
#
# The stable toolchain's own coverage and libFuzzer, which needs a C++ compiler. What a target learnt is kept in the target
# folder, so that the next run goes on with it. A finding ends in exit code 1, and its input stays where the last line says.
set -euo pipefail
cd "$(dirname "$0")/fuzz"

seconds=${1:-}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: tests/fuzz.sh SECONDS [TARGET...]" >&2; exit 2; }
shift

kept=${XDG_CACHE_HOME:-$HOME/.cache}/annals-target
if [ -n "${CARGO_TARGET_DIR:-}" ]; then
    target=$CARGO_TARGET_DIR/fuzz
elif [ -d "$kept" ]; then
    target=$kept/fuzz
else
    target=$PWD/target
fi
if ! command -v c++ > /dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends g++
fi

all=$(sed -n 's/^ *Target { name: "\([a-z_]*\)".*/\1/p' main.rs)
[ $# -gt 0 ] || set -- $all
for name in "$@"; do
    grep -qx "$name" <<< "$all" || { echo "no target is called $name; there are: ${all//$'\n'/ }" >&2; exit 2; }
done

CARGO_TARGET_DIR=$target RUSTC_WRAPPER=$PWD/rustc.sh cargo build --quiet --release --locked
mkdir -p "$target/findings"
# Some targets write each input to a file: into memory where that can be had.
work=$(mktemp -d -p /dev/shm 2> /dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last line that libFuzzer wrote of how far it is.
told() { grep -o "$2: [0-9]*" "$1" | tail -n 1 | grep -o '[0-9]*$' || echo '?'; }

# What was learnt of another log is no input of this one: its proofs are true, too.
log_id=$(sha256sum ../../fixtures/log-format/log/watermark | cut -c1-12)
failed=0
for name in "$@"; do
    corpus=$target/corpus/$log_id/$name log=$work/$name.log
    mkdir -p "$corpus"
    found=0
    # So long for one input, on a machine that does other things, too, is a finding.
    TMPDIR=$work ANNALS_FUZZ=$name ANNALS_FUZZ_SEEDS=$corpus "$target/release/annals_fuzz" "$corpus" \
        -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="$target/findings/$name-" > "$log" 2>&1 || found=$?
    echo "$name: $(told "$log" number_of_executed_units) inputs, $(told "$log" cov) edges, $(ls "$corpus" | wc -l) kept"
    if [ "$found" -ne 0 ]; then
        failed=1
        grep -v '^#[0-9]' "$log" | tail -n 40 >&2
    fi
done
[ "$failed" -eq 0 ] || { echo "findings in $target/findings" >&2; exit 1; }
