#!/bin/sh
# Look up the known holes of the locked dependencies with pip-audit. Fails when there is one; without a network, or with an
# index that has no such tool, it says so and succeeds: a build must not depend on somebody's server.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
venv=${AUDIT_VENV:-$here/.venv-audit}
said=$(mktemp)
trap 'rm -f "$said"' EXIT

if [ ! -x "$venv/bin/pip-audit" ]; then
    python3 -m venv "$venv" >/dev/null 2>&1 &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.7' >/dev/null 2>&1 || {
        echo "audit: pip-audit cannot be installed here; known holes were not looked up" >&2
        exit 0
    }
fi
"$venv/bin/pip-audit" --requirement "$here/requirements/main.txt" --require-hashes --disable-pip --no-deps \
    --format json --progress-spinner off >"$said" 2>/dev/null || true
"$venv/bin/python" - "$said" <<'PYTHON'
import json
import sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        packages = json.load(file)["dependencies"]
except (ValueError, KeyError):
    print("audit: the list of known holes cannot be reached; known holes were not looked up")
    sys.exit(0)
holes = [(p["name"], p["version"], hole["id"], hole["fix_versions"]) for p in packages for hole in p.get("vulns", [])]
for name, version, hole, fixed in holes:
    print(f"audit: {name} {version} has {hole}, fixed in {', '.join(fixed) or 'no version yet'}")
print(f"audit: {len(packages)} packages, {len(holes)} known holes")
sys.exit(1 if holes else 0)
PYTHON
