#!/bin/sh
# Set everything up and do the main job: on the folders you name, or on a generated demo library.
#   ./start.sh [FOLDER...]
# The library is ./library (or MEDIAPARSER_LIBRARY). Your folders are only read.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/scripts/setup.sh"
setup

MEDIAPARSER_LIBRARY=${MEDIAPARSER_LIBRARY:-$here/library}
export MEDIAPARSER_LIBRARY
if [ $# -eq 0 ]; then
    say "No folder given: taking the small demo library in $here/demo-photos"
    [ -d "$here/demo-photos" ] || "$venv/bin/python" "$here/benchmarks/demo_library.py" "$here/demo-photos"
    set -- "$here/demo-photos"
fi
status=0
"$venv/bin/mediaparser" run "$@" || status=$?
case $status in
    0 | 3) # 3: done, but some files are damaged; the lines above say so
        say "The tidy copy of your pictures is in $MEDIAPARSER_LIBRARY/export"
        say "Look at it in the browser, and as a drive: $venv/bin/mediaparser --library $MEDIAPARSER_LIBRARY serve" ;;
    *) exit "$status" ;;
esac
