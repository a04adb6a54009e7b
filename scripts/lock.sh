#!/bin/sh
# Pin every dependency with its hashes: requirements/main.txt to use the program, requirements/dev.txt to work on it.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/setup.sh"
make_venv
"$venv/bin/python" -m pip install --quiet 'pip-tools>=7.5'
cd "$here"
lock() {
    out=$1
    shift
    "$venv/bin/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
        --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --build-deps-for editable \
        --output-file "$out" "$@" pyproject.toml
}
lock requirements/main.txt
lock requirements/dev.txt --extra dev
