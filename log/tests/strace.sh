#!/usr/bin/env bash
# What the kernel was asked for, not what we say we asked: a process appends under strace, and before each yes that it
# prints lie the fdatasync of its frame and then that of the watermark. Needs strace and python3.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! strace -f -o /dev/null true 2>/dev/null; then
    echo "skipped: processes cannot be traced here"
    exit 0
fi
cargo build --workspace --bin annals --locked --quiet
program=$(cargo test --workspace --test log --no-run --locked --message-format=json 2>/dev/null |
    python3 -c 'import json, sys; print([m["executable"] for m in map(json.loads, sys.stdin) if m.get("executable") and m["target"]["name"] == "log"][-1])')
"${CARGO_TARGET_DIR:-target}/debug/annals" --data "$work/log" init >/dev/null

ANNALS_KILL_ROOT=$work/log ANNALS_KILL_FIRST=0 ANNALS_KILL_LAST=4000 strace -f -y -s 32 -e trace=write,pwrite64,fdatasync -o "$work/trace" \
    "$program" --exact faults::kill::a_process_appends_and_says_so --nocapture >/dev/null

python3 - "$work/trace" <<'PYTHON'
import re, sys

# Per file, in this order, and again from the start at each yes.
WAITED_FOR = ["frame written", "frame durable", "watermark written", "watermark durable"]
unfinished, done, yes = {}, 0, 0

def step(call, path):
    what = "frame" if path.endswith(".seg") else "watermark" if path.endswith("/watermark") else None
    return what and f"{what} {'durable' if call == 'fdatasync' else 'written'}"

for line in open(sys.argv[1]):
    pid = line.split()[0]
    begun = re.match(r"\d+\s+(\w+)\(\d+<([^>]*)>(.*)", line)
    if begun:
        call, path, rest = begun.groups()
        if call == "write" and '"yes ' in rest:
            assert done == len(WAITED_FOR), f"yes number {yes + 1} came before: {WAITED_FOR[done]}"
            done, yes = 0, yes + 1
            continue
        if rest.endswith("<unfinished ...>"):
            unfinished[pid] = (call, path)
            continue
    else:
        if "resumed>" not in line or pid not in unfinished:
            continue
        call, path = unfinished.pop(pid)
    found = step(call, path)
    if found == "frame written":
        done = 1
    elif found and done < len(WAITED_FOR) and found == WAITED_FOR[done]:
        done += 1
assert yes > 50, f"only {yes} commits were seen"
print(f"strace: {yes} commits, each yes after the fdatasync of its frame and of the watermark")
PYTHON
