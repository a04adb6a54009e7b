#!/bin/sh
# Set everything up and run the checks and tests.
#   ./test.sh [PYTEST ARGUMENTS...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/scripts/setup.sh"
setup dev
system_tool strace strace "the test that originals are never written to is left out"
system_tool chromium chromium "the tests of the explorer in a browser are left out"
system_library libatomic.so.1 libatomic1 libatomic "the tests of the explorer in a browser are left out"
system_tool litmus litmus "the tests of the drive with real clients are left out"
system_tool cadaver cadaver "the tests of the drive with real clients are left out"
system_tool rclone rclone "the tests of the drive with real clients are left out"
system_tool fusermount3 fuse3 "the test of the drive as a mounted folder is left out"
system_tool cargo cargo "the native JPEG scanner is not built, and its tests are left out"
native_scanner "$venv/bin/python"

cd "$here"
if [ -z "${MEDIAPARSER_SHARED:-}" ] && [ -f ../shared/corpus/truth.json ]; then
    MEDIAPARSER_SHARED=$(cd ../shared && pwd)
    export MEDIAPARSER_SHARED
fi
if [ $# -eq 0 ]; then
    say "Checking style, types and floors"
    "$venv/bin/ruff" check .
    "$venv/bin/ruff" format --check .
    mkdir -p .mypy_cache/sources # mypy finds an editable install only under the names of its folders
    ln -sfn ../../plugins .mypy_cache/sources/mediaparser_plugins
    "$venv/bin/mypy"
    "$venv/bin/lint-imports"
fi
if [ $# -eq 0 ] && command -v cargo >/dev/null 2>&1; then
    say "Testing the native JPEG scanner"
    quietly cargo test --offline --locked --manifest-path native/jpeg_eighth/Cargo.toml --target-dir native/jpeg_eighth/build/cargo
fi
say "Running the tests"
if [ $# -gt 0 ]; then
    exec "$venv/bin/python" -m pytest "$@"
fi
exec "$venv/bin/python" -m pytest -n 2 --dist loadfile tests
