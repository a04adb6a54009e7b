#!/bin/sh
# Build the wheel and the examples, install them into an empty environment, and do the main job there.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/setup.sh"
setup dev

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "Building the wheel"
quietly "$venv/bin/python" -m build --no-isolation --wheel --outdir "$work/dist" "$here"
"$venv/bin/python" - "$work"/dist/*.whl <<'PY'
import sys, zipfile

names = zipfile.ZipFile(sys.argv[1]).namelist()
tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
expected = {"mediaparser_core", "mediaparser_plugins", "mediaparser_datasette"}
assert tops == expected, f"the wheel brings {sorted(tops)}, not {sorted(expected)}"
pages = {name.rpartition("/")[2] for name in names if name.startswith("mediaparser_datasette/")}
assert {"metadata.yml", "datasette.yaml", "media_base.html", "mediaparser.css"} <= pages, "the explorer's pages are not all there"
PY

say "Installing it into an empty environment"
"$(find_python)" -m venv "$work/venv"
quietly "$work/venv/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$here/requirements/main.txt"
quietly "$work/venv/bin/python" -m pip install --disable-pip-version-check --no-deps "$work"/dist/*.whl
cd "$work" # away from the checkout: what is tested is what is installed
"$work/venv/bin/python" -c "
import importlib.util
assert importlib.util.find_spec('plugins') is None, 'a top-level module called plugins was installed'
import mediaparser_core; assert mediaparser_core.__file__.startswith('$work/venv'), mediaparser_core.__file__"
"$work/venv/bin/python" "$here/benchmarks/demo_library.py" "$work/photos" >/dev/null
run() { status=0; "$work/venv/bin/mediaparser" --library "$work/library" "$@" >"$work/out" 2>"$work/err" || status=$?; }
if command -v cargo >/dev/null 2>&1; then
    say "Building the native JPEG scanner's wheel and installing it, too"
    quietly "$venv/bin/python" -m pip wheel --disable-pip-version-check --no-deps --no-build-isolation -w "$work/native" "$here/native/jpeg_eighth"
    quietly "$work/venv/bin/python" -m pip install --disable-pip-version-check --no-deps --no-index "$work"/native/mediaparser_jpeg-*-py3-none-*.whl
    "$work/venv/bin/python" -c "import mediaparser_jpeg; fault = mediaparser_jpeg.fault(); assert not fault, fault"
fi
run run "$work/photos"
[ "$status" -eq 3 ] || { cat "$work/out" "$work/err"; echo "the demo has damaged files: expected exit 3, got $status"; exit 1; }
run verify
[ "$status" -eq 0 ] || { cat "$work/out" "$work/err"; exit 1; }

say "Asking the explorer"
"$work/venv/bin/python" - "$work/library" <<'PY'
import asyncio, pathlib, sys
from mediaparser_core.web import serving

async def ask():
    explorer = serving.build(pathlib.Path(sys.argv[1]))
    for path in ("/", "/-/media/gallery", "/catalog/library", "/catalog/same_second", "/-/media/static/page.js"):
        status = (await explorer.client.get(path)).status_code
        assert status == 200, f"{path} answers {status}"
    await explorer.invoke_shutdown()

asyncio.run(ask())
PY

say "Installing the example plugins"
for example in "$here"/examples/*/; do
    cp -R "$example" "$work/$(basename "$example")"
    quietly "$work/venv/bin/python" -m pip install --disable-pip-version-check --no-deps --no-build-isolation "$work/$(basename "$example")"
done
run run "$work/photos"
run plugins --json
"$work/venv/bin/python" - "$work/out" "$here"/examples/*/ <<'PY'
import json, pathlib, sys

listed = {row["distribution"] for row in json.loads(pathlib.Path(sys.argv[1]).read_text())}
examples = {pathlib.Path(path).name for path in sys.argv[2:]}
assert examples <= listed, f"not listed by 'mediaparser plugins': {examples - listed}"
PY
[ -f "$work/library/export/index.csv" ] || { echo "the example exporter wrote no index.csv"; exit 1; }
say "The wheel works on its own"
