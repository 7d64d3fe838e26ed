#!/usr/bin/env bash
# Has Prometheus' own promtool check what annals tells of itself, and what is given to read it with.
# promtool.sh FOLDER PAGE: FOLDER holds promtool; PAGE is a file with what `annals run --metrics-listen` answered.
set -euo pipefail
if [ $# -ne 2 ]; then
    echo "usage: $0 FOLDER_OF_PROMTOOL PAGE" >&2
    exit 2
fi
promtool=$(cd "$1" && pwd)/promtool
page=$(realpath "$2")
cd "$(dirname "$0")/../../fixtures/observe"

if ! grep -q '^annals_log_entries [0-9]' "$page"; then
    echo "promtool takes a page without a metric, and this one lacks annals': $page" >&2
    exit 1
fi
"$promtool" check metrics < "$page"
"$promtool" check rules rules.yml
"$promtool" check config prometheus.yml
"$promtool" test rules rules-test.yml

# What the dashboard asks, with a value for each of its variables, as rules: promtool reads no dashboards.
asked=$(mktemp --suffix .yml)
trap 'rm -f "$asked"' EXIT
python3 - dashboard.json > "$asked" << 'EOF'
import json, sys
panels = json.load(open(sys.argv[1]))["panels"]
asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
for variable, value in ("$__rate_interval", "1m"), ("$instance", ".*"), ("$job", "annals"):
    asked = [expression.replace(variable, value) for expression in asked]
rules = [{"record": f"dashboard:{place}", "expr": expression} for place, expression in enumerate(asked)]
print(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
EOF
"$promtool" check rules "$asked"
echo "promtool: $(grep -c '^# TYPE' "$page") metrics, the rules and their tests, the config and the dashboard are right"
