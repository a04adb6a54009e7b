# Sourced by start.sh and test.sh: a virtual environment in .venv, our locked dependencies, ExifTool.
# Needs Python 3.11 or newer. Says what it installs; never uninstalls anything.

say() { printf '%s\n' "— $*"; }

venv=${MEDIAPARSER_VENV:-$here/.venv}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

# Run a command; show what it said only when it fails.
quietly() {
    said=$(mktemp)
    if "$@" >"$said" 2>&1; then rm -f "$said"; else cat "$said" >&2; rm -f "$said"; return 1; fi
}

# system_package DEBIAN_NAME FEDORA_NAME HOMEBREW_NAME
system_package() {
    if command -v apt-get >/dev/null 2>&1; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null 2>&1 ||
            { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null; }
    elif command -v dnf >/dev/null 2>&1; then
        as_root dnf install -y -q "$2"
    elif command -v brew >/dev/null 2>&1; then
        brew install -q "$3"
    else
        return 1
    fi
}

# system_tool COMMAND PACKAGE WHAT_IS_MISSING_WITHOUT_IT
system_tool() {
    command -v "$1" >/dev/null 2>&1 && return 0
    say "$1 is not installed: installing the system package"
    system_package "$2" "$2" "$2" || say "$1 could not be installed: $3"
}

# system_library SONAME DEBIAN_NAME FEDORA_NAME WHAT_IS_MISSING_WITHOUT_IT (Linux only)
system_library() {
    ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig) || return 0
    "$ldconfig" -p 2>/dev/null | grep -q "$1" && return 0
    say "$1 is not installed: installing the system package"
    system_package "$2" "$3" "$2" || say "$1 could not be installed: $4"
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    python=$(find_python) || { say "MediaParser needs Python 3.11 or newer; please install it first"; exit 1; }
    if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        say "Making a virtual environment in $venv"
        rm -rf "$venv"
        if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
            say "Python has no venv module with pip: installing the system package python3-venv"
            system_package python3-venv python3 python3 || true
            rm -rf "$venv"
            "$python" -m venv "$venv"
        fi
    fi
}

# setup [dev]: afterwards $venv/bin/mediaparser works
setup() {
    make_venv
    lock=$here/requirements/${1:-main}.txt
    mark=$(cat "$lock" "$here/pyproject.toml" | cksum)
    if [ "$(cat "$venv/.mediaparser" 2>/dev/null || true)" != "$mark" ]; then
        say "Installing the locked dependencies into $venv"
        quietly "$venv/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$lock"
        quietly "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e "$here"
        printf '%s' "$mark" >"$venv/.mediaparser"
    fi
    if ! command -v exiftool >/dev/null 2>&1; then
        say "ExifTool is not installed: installing the system package"
        system_package libimage-exiftool-perl perl-Image-ExifTool exiftool ||
            say "ExifTool could not be installed: going on with our own readers (see 'mediaparser doctor')"
    fi
}

# native_scanner PYTHON: build the optional JPEG scanner (native/jpeg_eighth) and install it there, where cargo is
native_scanner() {
    command -v cargo >/dev/null 2>&1 || return 0
    native=$here/native/jpeg_eighth
    state=$(cat "$native"/*.toml "$native"/*.py "$native"/src/* "$native"/mediaparser_jpeg/*.py | cksum)
    found=$("$1" -c 'import mediaparser_jpeg as found; print(found.__path__[0])' 2>/dev/null || true)
    [ -z "$found" ] || [ "$(cat "$found/.state" 2>/dev/null || true)" != "$state" ] || return 0
    say "Building the native JPEG scanner"
    if quietly "$1" -m pip install --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall "$native"; then
        found=$("$1" -c 'import mediaparser_jpeg as found; print(found.__path__[0])')
        printf '%s' "$state" >"$found/.state"
    else
        say "The native JPEG scanner could not be built: its tests are left out"
        [ -z "${CI:-}" ] # CI has it or has no cargo
    fi
}
