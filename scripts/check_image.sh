#!/bin/sh
# Do in an empty Debian root what the Dockerfile does, step by step, and then what the image is for: a household on a
# read-only root, as a user without privileges. Needs root on Debian (debootstrap); no container engine.
#   scripts/check_image.sh [DEBIAN_ROOT]
# DEBIAN_ROOT is copied, never changed; without it a fresh one is made. IMAGE_SEED names a folder that is copied into it
# first (mirrors, certificates of the network one is in). TESTS="tests/core" runs only these.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/setup.sh"
[ "$(id -u)" -eq 0 ] || { say "only root may make a root"; exit 1; }
[ -n "${IN_A_ROOM_OF_ITS_OWN:-}" ] || exec env IN_A_ROOM_OF_ITS_OWN=1 unshare --mount -- "$0" "$@" # mounts end with us

work=$(mktemp -d)
trap 'cd /; umount -R -l "$work"/*/proc "$work"/*/dev "$work"/run 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
if [ $# -gt 0 ]; then
    cp -a "$1" "$work/debian"
else
    say "Making an empty Debian root"
    system_tool debootstrap debootstrap "this cannot be checked"
    debootstrap --variant=minbase bookworm "$work/debian" >/dev/null
fi
[ -z "${IMAGE_SEED:-}" ] || cp -RL "$IMAGE_SEED"/. "$work/debian/"

python=$(find_python)
"$python" "$here/scripts/dockerfile.py" "$work/debian" "$work"
from_image() { "$python" -c "import json; print(json.load(open('$work/image.json'))$1)"; }
root=$(from_image "['root']") user=$(from_image "['user']")
say "The image: $(du -sh "$root" | cut -f1), of which Python's libraries $(du -sh "$root/opt/mediaparser" | cut -f1)"

say "A household in it, as user $user, with nothing writable but /tmp and the library"
chroot "$work/build" /opt/mediaparser/bin/python /src/benchmarks/demo_library.py /photos >/dev/null
mkdir -p "$work/run" "$work/library" "$root/photos"
chown "$user" "$work/library"
mount --rbind "$root" "$work/run"
mount -o remount,bind,ro "$work/run"
mount -t proc proc "$work/run/proc"
mount --rbind /dev "$work/run/dev"
mount -t tmpfs tmpfs "$work/run/tmp"
mount --bind "$work/library" "$work/run/library"
mount --bind "$work/build/photos" "$work/run/photos"
mount -o remount,bind,ro "$work/run/photos"
inside() {
    env -i PATH="$(from_image "['env']['PATH']")" HOME=/tmp LANG=C.UTF-8 PYTHONUNBUFFERED=1 MEDIAPARSER_LIBRARY=/library \
        TZ=Europe/Lisbon MEDIAPARSER_INBOX_FREE_GB=0 \
        /usr/sbin/chroot --userspec="$user" "$work/run" sh -c 'cd /library && exec "$@"' sh "$@"
}
status=0
inside mediaparser run /photos || status=$?
[ "$status" -eq 3 ] || { say "the demo has damaged files: expected exit 3, got $status"; exit 1; }
inside mediaparser verify
inside mediaparser doctor || true
printf 'correct horse battery\n' | inside mediaparser user add anna --role decide --role drop --password-stdin
serve='echo $$ >/tmp/serve.pid; exec mediaparser serve --host 0.0.0.0 --port 18001 --drive-port 18002'
inside sh -c "$serve" >"$work/said" 2>&1 &
served=$!
for _ in $(seq 100); do grep -q Inbox "$work/said" && break; sleep 0.1; done
cat "$work/said"
"$python" - <<'PY'
import base64, json, time, urllib.request

def get(address, method="GET", **headers):
    login = "Basic " + base64.b64encode(b"anna:correct horse battery").decode()
    request = urllib.request.Request(address, method=method, headers={"Authorization": login, **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, answer.read()

status = {"services": {}}
for _ in range(100):  # each part says within a second or two that it lives
    status = json.loads(get("http://127.0.0.1:18001/-/status.json")[1])
    if len(status["services"]) == 5 and status["ok"]:
        break
    time.sleep(0.1)
assert status["ok"] and len(status["services"]) == 5, status
assert get("http://127.0.0.1:18002/export/", "PROPFIND", Depth="1")[0] == 207
print(f"explorer and drive answer: {status['pictures']} pictures, {', '.join(sorted(status['services']))}")
PY
for part in explorer webdav worker watcher; do
    inside mediaparser --quiet status --service "$part" >/dev/null || { say "$part is not well"; exit 1; }
done
kill -TERM "$(cat "$work/run/tmp/serve.pid")"
wait "$served" || { say "serve ended with $?"; exit 1; }
say "What the Dockerfile does works in an empty Debian root"
