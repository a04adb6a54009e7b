"""Hand out thumbnails, previews and originals, by SHA-256 only."""

import asyncio
import os
from pathlib import Path

from datasette import hookimpl

from mediaparser_core import disk
from mediaparser_core.media import Unreadable, open_input
from mediaparser_core.sources import OpenFile
from mediaparser_core.web import Refusal, explorer_of
from mediaparser_core.web.answers import refuse
from mediaparser_core.web.handout import Handout, hand_out
from mediaparser_core.web.originals import open_original

SHA = r"(?P<sha>[0-9a-f]{64})"
A_DAY = "private, max-age=86400"
SMALLEST = 100  # bytes: no JPEG is smaller
NOT_HERE = "This file is not where it was when it was scanned. If it is on another disk, connect it and try again."
PLACEHOLDER = Path(__file__).resolve().parent / "static" / "no-picture.svg"


@hookimpl
def register_routes(datasette):
    if explorer_of(datasette) is None:
        return []
    return [
        (rf"^/-/media/thumb/{SHA}$", _route(thumb)),
        (rf"^/-/media/preview/{SHA}$", _route(preview)),
        (rf"^/-/media/original/{SHA}$", _route(original)),
    ]


def _route(find):
    async def media(request, datasette, scope, receive, send):
        explorer = explorer_of(datasette)
        if request.method not in ("GET", "HEAD"):
            await refuse(send, 405, "Pictures are for looking at.", ((b"allow", b"GET, HEAD"),))
            return
        if not await datasette.allowed(action="media-view", actor=request.actor):
            await refuse(send, 403, "Please log in to see the pictures.")
            return
        try:
            handout = await find(explorer, request.url_vars["sha"])
        except Refusal as refusal:
            await refuse(send, refusal.status, refusal.text)
            return
        if handout is None:
            await refuse(send, 404, NOT_HERE)
        else:
            await hand_out(handout, scope, receive, send, explorer.closing)

    return media


async def thumb(explorer, sha):
    found = await asyncio.to_thread(_cached, disk.preview_path(explorer.settings.cache_path, sha))
    if found is None and await explorer.look(lambda catalog: catalog.found.asset(sha)) is not None:
        found = await asyncio.to_thread(_placeholder)
    return found


async def preview(explorer, sha):
    path = await explorer.previews.larger(explorer, sha)
    found = None if path is None else await asyncio.to_thread(_cached, path)
    return found or await thumb(explorer, sha)


async def original(explorer, sha):
    found = await explorer.look(lambda catalog: open_original(catalog, explorer.settings, sha))
    if found is None:
        return None
    return Handout(found.source, found.content_type, sha, A_DAY, found.name)


def _cached(path):
    """A JPEG of our own making, or nothing when it is not there or broken."""
    try:
        fd, status = open_input(os.fsencode(path))
    except Unreadable:
        return None
    ends = os.pread(fd, 3, 0) + os.pread(fd, 2, max(status.st_size - 2, 0))
    if status.st_size < SMALLEST or ends != b"\xff\xd8\xff\xff\xd9":
        os.close(fd)
        return None
    return Handout(OpenFile(fd, status), "image/jpeg", f"{status.st_mtime_ns:x}-{status.st_size:x}", A_DAY)


def _placeholder():
    fd, status = open_input(os.fsencode(PLACEHOLDER))
    return Handout(OpenFile(fd, status), "image/svg+xml", "no-picture", "no-store")
