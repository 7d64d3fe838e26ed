#!/usr/bin/env bash
# Drives annals against real subtensor runtimes on this machine: upgrades, a reorg of finalized blocks, a node that is killed,
# and serve-prometheus with each of its outcomes. Nothing outside is asked but npm, once.
#
#   tests/real-chain.sh GIT_DIR     the git directory of a clone of github.com/opentensor/subtensor with its history
#
# The node is @acala-network/chopsticks, installed into a temporary folder, or into REAL_CHAIN_DIR, which is then kept.
# Port 9970, or REAL_CHAIN_PORT. Where no such node can be had it says so, and that is no failure.

set -euo pipefail

skip() { echo "skipped: $*"; exit 0; }
fail() { echo "FAILED: $*" >&2; exit 1; }
step() { echo "-- $*"; }

[ $# -eq 1 ] || { echo "usage: tests/real-chain.sh GIT_DIR" >&2; exit 2; }
git --git-dir "$1" rev-parse HEAD > /dev/null 2>&1 || skip "$1 is no git directory"
git_dir=$(cd "$1" && pwd)
command -v node > /dev/null && command -v npm > /dev/null || skip "there is no node, or no npm"
[ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] || skip "node $(node --version) is older than 20"

house=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$house/target}
helper=$house/tests/real-chain/chain.mjs
port=${REAL_CHAIN_PORT:-9970}
work=$(mktemp -d)
chain=${REAL_CHAIN_DIR:-$work/chain}
node_pid='' live_pid=''

cleanup() {
    [ -z "$live_pid" ] || { kill "$live_pid" && wait "$live_pid"; } 2> /dev/null || true
    [ -z "$node_pid" ] || { kill -9 "$node_pid" && wait "$node_pid"; } 2> /dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

(cd "$house" && cargo build --quiet --workspace --bins --examples)
annals=$target/debug/annals call=$target/debug/examples/call
mkdir -p "$chain"
cd "$chain"

if [ ! -e node_modules/@acala-network/chopsticks ]; then
    step "installing the node"
    echo '{"name":"chain","private":true}' > package.json
    timeout 600 npm install --no-audit --no-fund --silent @acala-network/chopsticks@1.1.0 > "$work/npm.log" 2>&1 ||
        skip "npm could not install the node: $(tail -n 1 "$work/npm.log")"
fi
[ -e v218.wasm ] || timeout 120 node "$helper" specs "$git_dir" "$chain" || skip "$git_dir lacks the history with the runtimes"

# A chain that is kept can go on with its node killed and begun again.
start() { # VERSION [kept]
    local keep=''
    [ $# -eq 1 ] || keep=$'resume: true\ndb: '"$work/$1.sqlite"
    cat > "$work/node.yml" <<- YML
		port: $port
		host: 127.0.0.1
		genesis: $chain/$1.json
		mock-signature-host: true
		build-block-mode: Instant
		allow-unresolved-imports: true
		$keep
	YML
    # Where slots are short, block 1 takes a moment that suits it.
    for _ in $(seq 6); do
        : > "$work/node.log"
        node node_modules/@acala-network/chopsticks/chopsticks.cjs -c "$work/node.yml" > "$work/node.log" 2>&1 &
        node_pid=$!
        for _ in $(seq 180); do
            # It takes the next port when this one is not free.
            ! grep -q "listening on .*:$port" "$work/node.log" || break
            kill -0 "$node_pid" 2> /dev/null || break
            sleep 0.5
        done
        [ "$(head_now 2> /dev/null || echo 0)" -eq 0 ] || return 0
        kill_node 2> /dev/null || true
    done
    tail -n 20 "$work/node.log" >&2
    fail "the node with runtime $1 builds no block on port $port"
}

kill_node() {
    kill -9 "$node_pid"
    wait "$node_pid" 2> /dev/null || true
    node_pid=''
}

rpc() { timeout 120 node "$helper" rpc "$port" "$@"; }
head_now() { rpc chain_getHeader | sed 's/.*"number":"0x0*\([0-9a-f]*\)".*/\1/' | { read -r hex; echo $((16#$hex)); }; }
alice_calls() { timeout 120 "$call" "ws://127.0.0.1:$port" //Alice "$@"; }
remark() { alice_calls System remark "{\"remark\":\"0x$1\"}" > /dev/null; }
set_code() { # VERSION; the weight is not looked at, the code has to be taken whole
    step "upgrade to $1"
    alice_calls Sudo sudo_unchecked_weight "{\"call\":{\"System\":{\"set_code\":{\"code\":\"@$chain/$1.wasm\"}}},\"weight\":{\"ref_time\":0,\"proof_size\":0}}" > /dev/null
}
alice=0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d
fund() {
    rpc dev_setStorage "[{\"System\":{\"Account\":[[[\"$alice\"],{\"providers\":1,\"data\":{\"free\":\"1000000000000000\"}}]]},\"Sudo\":{\"Key\":\"$alice\"}}]" > /dev/null
}

log() { timeout 300 "$annals" --data "$data" "$@"; }
ask() { log query "select count(*) as n from $1" | sed 's/.*"n":\([0-9]*\).*/\1/'; }
blocks_of() { log query "select block_number, native_id from events where kind = 'chain_block' order by log_index"; }
init() { log init --genesis any --netuid 3 --hotkey //Alice --rpc "ws://127.0.0.1:$port" "$@"; }
run() { log run --only chain --from-block 1 --hotkey //Alice --rpc "ws://127.0.0.1:$port" --archive-url none "$@"; }
serve() { log serve-prometheus --hotkey //Alice --rpc "ws://127.0.0.1:$port" "$@"; }
live() {
    "$annals" --data "$data" run --only chain --hotkey //Alice --rpc "ws://127.0.0.1:$port" --archive-url none > "$work/live.log" 2>&1 &
    live_pid=$!
}
end_live() {
    kill "$live_pid"
    wait "$live_pid" || fail "the live session: $(tail -n 3 "$work/live.log")"
    live_pid=''
}
outcomes=''
expect() { # CODE TEXT COMMAND...
    local code=$1 text=$2 told rc=0
    shift 2
    told=$("$@" 2>&1) || rc=$?
    [ "$rc" -eq "$code" ] || fail "$*: exit code $rc instead of $code: $told"
    grep -qF -- "$text" <<< "$told" || fail "$*: not a word of \"$text\": $told"
}
outcome() { # NAME CODE TEXT ARGUMENTS...
    local name=$1 code=$2 text=$3
    shift 3
    expect "$code" "$text" serve "$@"
    outcomes="$outcomes, $name"
}
wait_for() { # WHAT QUERY COUNT
    for _ in $(seq 240); do
        [ "$(ask "$2")" -lt "$3" ] || return 0
        sleep 0.5
    done
    tail -n 5 "$work/live.log" >&2
    fail "$1 did not come into the log"
}
wait_for_head() { wait_for "the head" "events where kind = 'chain_block' and block_number = $(head_now)" 1; }

blocks=0 upgrades=0 reorgs=0 outages=0 endpoints=0
count() {
    blocks=$((blocks + $(ask "events where kind = 'chain_block'")))
    upgrades=$((upgrades + $(ask "events where kind = 'runtime_upgraded'") - 1))
    reorgs=$((reorgs + $(ask "events where kind = 'block_retracted'")))
    outages=$((outages + $(ask "events where kind = 'chain_outage'")))
    endpoints=$((endpoints + $(ask prometheus_endpoints_history)))
}

step "v101, what finney began with"
data=$work/ladder
start v101 kept
fund
expect 0 "made the log" init
outcome "not registered" 2 "SubtensorModule.NotRegistered" --ip 203.0.113.7 --port 9100
alice_calls Sudo sudo "{\"call\":{\"SubtensorModule\":{\"sudo_register\":{\"netuid\":3,\"hotkey\":\"$alice\",\"coldkey\":\"$alice\",\"stake\":0,\"balance\":0}}}}" > /dev/null
outcome "accepted by v101" 0 "finalized" --ip 203.0.113.7 --port 9100
outcome "already announced" 0 "nothing was sent" --ip 203.0.113.7 --port 9100
outcome "rate limited" 2 "SubtensorModule.ServingRateLimitExceeded" --ip 203.0.113.8 --port 9100 --wait included
outcome "invalid ip" 2 "SubtensorModule.InvalidIpAddress" --ip 255.255.255.255 --port 9100
alice_calls SubtensorModule serve_axon '{"netuid":3,"version":1,"ip":3405803783,"port":8091,"ip_type":4,"protocol":4,"placeholder1":0,"placeholder2":0}' > /dev/null
expect 0 "size" run --until-head
[ "$(ask "events where kind = 'chain_block'")" -eq "$(head_now)" ] || fail "catching up left blocks out"

step "a live session"
live
set_code v119
remark 01
set_code v143
remark 02
remark 03
wait_for_head
expect 3 "held by another writer" serve --ip 203.0.113.9 --port 9100

step "the finalized head is rolled back by two blocks"
rpc dev_setHead "[$(($(head_now) - 2))]" > /dev/null
for byte in 04 05 06; do remark "$byte"; done
wait_for "the reorg" "events where kind = 'block_retracted'" 2
wait_for_head

rpc dev_newBlock '[{"count":55}]' > /dev/null
wait_for_head
end_live

outcome "accepted by v143" 0 "finalized" --ip 2001:db8::7 --port 9100 --metrics-version 2
set_code v185
rpc dev_newBlock '[{"count":55}]' > /dev/null
outcome "accepted by v185" 0 "which the node holds for the best" --ip 203.0.113.10 --port 9100 --wait included
expect 0 "size" run --until-head
blocks_of | node "$helper" compare "$port"

step "the node is killed, and begins again"
live
wait_for_head
kill_node
wait_for "the outage" "events where kind = 'chain_outage'" 1
# It has its blocks still. Only extrinsics it takes no more: chopsticks then holds block 1 for its genesis.
start v101 kept
rpc dev_newBlock '[{"count":5}]' > /dev/null
wait_for_head
end_live
rpc dev_newBlock '[{"count":5}]' > /dev/null
expect 0 "size" run --until-head
[ "$(ask "events where kind = 'chain_block'")" -eq $(($(head_now) + 2)) ] || fail "the restart left blocks out"
expect 0 "sound" log verify --signatures
count
kill_node

step "v218, and a hotkey with a validator permit"
data=$work/v218
start v218
fund
rpc dev_setStorage "[{\"SubtensorModule\":{\"NetworksAdded\":[[[3],true]],\"SubnetworkN\":[[[3],2]],\"IsNetworkMember\":[[[\"$alice\",3],true]],\"Uids\":[[[3,\"$alice\"],1]],\"Keys\":[[[3,1],\"$alice\"]],\"ValidatorPermit\":[[[3],[false,true]]]}}]" > /dev/null
remark 01
expect 2 "as uid 1 of subnet 3, a validator permit" init
expect 0 "made the log" init --yes
outcome "accepted by v218" 0 "finalized" --ip 203.0.113.11 --port 9100
outcome "rate limited by v218" 2 "ServingRateLimitExceeded" --ip 203.0.113.12 --port 9100
rpc dev_newBlock '[{"count":20}]' > /dev/null
expect 0 "size" run --until-head
blocks_of | node "$helper" compare "$port"
expect 0 "sound" log verify --signatures
count
kill_node

[ "$upgrades" -eq 3 ] || fail "$upgrades upgrades instead of 3"
[ "$reorgs" -eq 2 ] || fail "$reorgs blocks retracted instead of 2"
echo
echo "blocks recorded     $blocks"
echo "upgrades crossed    $upgrades (v101 -> v119 -> v143 -> v185)"
echo "endpoints seen      $endpoints"
echo "reorg handled       $reorgs finalized blocks retracted, outages told $outages"
echo "serve-prometheus    ${outcomes#, }"
