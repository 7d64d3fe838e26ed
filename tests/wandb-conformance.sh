#!/usr/bin/env bash
# Drives the stand-in for W&B's server with W&B's real clients, 0.19.0 and 0.31.0: both read a recorded day of SN27 from it,
# both write runs to it, both read what either wrote. annals records what they wrote, online and offline, and both read what
# annals published. Everything is compared with what was recorded or written.
#
#   tests/wandb-conformance.sh
#
# The clients are installed from PyPI, once, into ~/.cache/annals-wandb-venvs, or WANDB_VENVS. Nothing else outside is asked.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "-- $*"; }

house=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$house/target}
helpers=$house/tests/wandb-conformance
venvs=${WANDB_VENVS:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-wandb-venvs}
day=$house/fixtures/sn27-day/day.cassette.zst
versions='0.19.0 0.31.0'
work=$(mktemp -d)
server_pid=''
checks=0

cleanup() {
    [ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid"; } 2> /dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } > "$work/apt.log" 2>&1 ||
        fail "there is no python3 with venv: $(tail -n 1 "$work/apt.log")"
fi

# setuptools: 0.19.0 imports pkg_resources, which later ones have no more. zstandard: the helpers read the recording themselves.
# bittensor-wallet: upstream's own, by which it checks signatures.
install() { # VERSION
    local venv=$venvs/$1
    "$venv/bin/python" -c "import wandb, zstandard, bittensor_wallet; assert wandb.__version__ == '$1'" 2> /dev/null && return
    step "installing wandb $1"
    rm -rf "$venv"
    mkdir -p "$venvs"
    python3 -m venv "$venv" > "$work/pip.log" 2>&1 || fail "python3 makes no venv: $(tail -n 1 "$work/pip.log")"
    timeout 600 "$venv/bin/pip" install --quiet --disable-pip-version-check "wandb==$1" 'setuptools<81' zstandard 'bittensor-wallet==3.0.4' \
        > "$work/pip.log" 2>&1 || fail "wandb $1 could not be installed: $(tail -n 1 "$work/pip.log")"
}
for version in $versions; do install "$version"; done

(cd "$house" && cargo build --quiet --workspace --bins)
annals=$target/debug/annals

# Their caches, logs and settings stay in the temporary folder, and none of the user's are seen.
export HOME=$work/home WANDB_DIR=$work WANDB_CACHE_DIR=$work/cache WANDB_CONFIG_DIR=$work/config WANDB_DATA_DIR=$work/data
export WANDB_SILENT=true WANDB_ERROR_REPORTING=false WANDB_CONSOLE=off WANDB_DISABLE_GIT=true PYTHONDONTWRITEBYTECODE=1
mkdir -p "$HOME"
unset WANDB_API_KEY WANDB_BASE_URL WANDB_ENTITY WANDB_PROJECT WANDB_MODE
cd "$work"

# Sets `url`.
start() { # DIR [ARGUMENTS...]
    rm -f "$work/ready"
    "$annals" fixture serve-wandb "$@" --listen 127.0.0.1:0 --ready-file "$work/ready" > "$work/server.log" 2>&1 &
    server_pid=$!
    for _ in $(seq 300); do
        [ ! -e "$work/ready" ] || break
        kill -0 "$server_pid" 2> /dev/null || fail "serve-wandb: $(tail -n 3 "$work/server.log")"
        sleep 0.1
    done
    [ -e "$work/ready" ] || fail "serve-wandb does not answer"
    url=$(cat "$work/ready")
}
stop() {
    kill "$server_pid"
    wait "$server_pid" || fail "serve-wandb: $(tail -n 3 "$work/server.log")"
    server_pid=''
}

client() { # VERSION PROGRAM ARGUMENTS...
    local version=$1 program=$2
    shift 2
    timeout 300 "$venvs/$version/bin/python" "$helpers/$program" "$@"
}
check() { # VERSION PROGRAM ARGUMENTS...
    local count
    count=$(client "$@" 2> "$work/client.log") || { cat "$work/client.log" >&2; fail "wandb $*"; }
    grep '^wandb .*429' "$work/client.log" || true
    checks=$((checks + count))
}

readers() {
    step "a day of SN27, read by both"
    local scenario=$work/scenario run
    mkdir "$scenario"
    cp "$day" "$scenario"
    run=$(client 0.31.0 history.py "$day" "$scenario")
    "$annals" fixture check "$house/fixtures/golden-tie" --keep "$work/log" > "$work/annals.log" 2>&1
    "$annals" --data "$work/log" query - --output parquet < "$scenario/exported.sql" > "$scenario/$run.parquet" 2>> "$work/annals.log"
    start "$scenario"
    for version in $versions; do check "$version" readers.py whole "$url" "$day"; done
    stop

    step "the same at a moment, poll by poll, and from a server that is busy"
    for version in $versions; do
        start "$day" --at 2026-03-14T09:10:00Z
        check "$version" readers.py at "$url" "$day" 1773479400000
        stop
        start "$day" --advance
        check "$version" readers.py advance "$url" "$day"
        stop
        start "$day" --too-many 3
        check "$version" readers.py busy "$url" "$day" 3
        stop
    done
}

writers() {
    step "runs written by either, read by both and recorded by annals"
    start "$day"
    export WANDB_BASE_URL=$url WANDB_MODE=online
    WANDB_API_KEY=$(printf 'a%.0s' $(seq 40))
    export WANDB_API_KEY
    "$annals" --data "$work/recorded" init --netuid 27 > "$work/annals.log"
    local written=()
    for version in $versions; do
        # One that goes on after its end, and one that fails. annals looks at what each left.
        client "$version" writers.py "on${version//./}" "$work/on$version.json" 0
        record
        check "$version" recorded_runs.py "$annals" "$work/recorded" server "$work/on$version.json"
        client "$version" writers.py "on${version//./}" "$work/on$version.json" 1
        client "$version" writers.py "ill${version//./}" "$work/ill$version.json" 0 1
        written+=("$work/on$version.json" "$work/ill$version.json")
    done
    record
    for version in $versions; do check "$version" written.py "$url" "${written[@]}"; done
    check 0.31.0 recorded_runs.py "$annals" "$work/recorded" server "${written[@]}"
    publisher
    unset WANDB_BASE_URL WANDB_MODE WANDB_API_KEY
    stop
}

# One look of annals at all runs, and the rows behind it.
record() {
    "$annals" --data "$work/recorded" run --only wandb --once --wandb-url "$url" --wandb-filters '{}' \
        > "$work/annals.log" 2>&1 || fail "annals run: $(tail -n 3 "$work/annals.log")"
}

publisher() {
    step "what annals publishes, read by both and by annals"
    local state=$work/state.json alice=5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY
    cat > "$state" << 'JSON'
{"role": "validator", "netuid": 27, "version": 190, "config": {"netuid": 27}, "allocated_hotkeys": ["5A", "5B"],
 "penalized_hotkeys": ["5C"], "stats": {"7": {"uid": 7, "hotkey": "5A", "gpu_specs": {"gpu_name": "NVIDIA H100", "num_gpus": 8},
 "score": 47.50000000000001, "allocated": true, "own_score": true, "reliability_score": 0.0}}}
JSON
    for _ in 1 2; do
        "$annals" --data "$work/recorded" publish --state "$state" --publish-hotkey //Alice --wandb-url "$url" \
            > "$work/annals.log" 2>&1 || fail "annals publish: $(tail -n 3 "$work/annals.log")"
    done
    for version in $versions; do check "$version" published.py "$url" "$state" "$alice"; done
    record
    local verdicts
    verdicts=$("$annals" --data "$work/recorded" query --output csv \
        "select signature, verdict from wandb_runs join config_signatures using (run_id) where wandb_runs.hotkey = '$alice'")
    [ "$verdicts" = $'signature,verdict\nvalid,valid' ] || fail "what annals says of what it published: $verdicts"
    checks=$((checks + 1))
}

offline() {
    step "runs written offline by either, taken in by annals"
    export WANDB_MODE=offline
    "$annals" --data "$work/offline" init --netuid 27 > "$work/annals.log"
    for version in $versions; do
        client "$version" writers.py "off${version//./}" "$work/off$version.json" 0
        "$annals" --data "$work/offline" ingest "$work"/wandb/offline-run-*-"off${version//./}"/*.wandb > "$work/annals.log" 2>&1 ||
            fail "annals ingest: $(tail -n 3 "$work/annals.log")"
        check "$version" recorded_runs.py "$annals" "$work/offline" file "$work/off$version.json"
    done
    unset WANDB_MODE
}

readers
writers
offline
echo "wandb-conformance: $checks checks passed"
