"""Add pictures from a browser: many files, with their folders, into the inbox; what has arrived is not sent again."""

import asyncio
import os

from datasette import hookimpl
from datasette.permissions import Action, PermissionSQL

from mediaparser_core.catalog.arrivals import Arrivals
from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.inbox import CutOff, Inbox
from mediaparser_core.pipeline.health import DOWN_AFTER
from mediaparser_core.refusals import NameTaken
from mediaparser_core.service.originals import clean_way
from mediaparser_core.service.status import services
from mediaparser_core.web import Call, Response, Unclear, explorer_of, pages
from mediaparser_core.web.broadcast import one_of

PAGE = "/-/drop"
MAY = "inbox-drop"
MOST = 5_000  # files asked about at once
BLOCK = 1024 * 1024
GB = 1_000_000_000
LATEST = 12


@hookimpl
def register_actions(datasette):
    return [Action(name=MAY, abbr="id", description="Put pictures into the inbox")] if explorer_of(datasette) else ()


@hookimpl
def permission_resources_sql(datasette, actor, action):
    if action == MAY and explorer_of(datasette) is not None and "drop" in (actor or {}).get("roles", ()):
        return PermissionSQL.allow(reason="their role")
    return None


@hookimpl
def register_routes(datasette):
    table = {PAGE: show, rf"{PAGE}/known": {"POST": known}, rf"{PAGE}/file": {"POST": receive_file}}
    return pages(datasette, table, look=MAY, act=MAY)


async def show(call: Call) -> Response:
    def look(catalog):
        return services(catalog).get("watcher"), Arrivals(catalog).count_waiting()

    watcher, count = await call.look(look)
    watched = watcher is not None and watcher["state"] != "stopped" and watcher["age_seconds"] < DOWN_AFTER
    return await call.page("drop.html", title="Add pictures", here="drop", watched=watched, count=count)


async def known(call: Call) -> Response:
    """Which of these files (``path``, ``size``, ``modified`` in milliseconds, in step) have arrived already."""
    form = await call.form()
    files = list(zip(form.all("path"), form.all("size"), form.all("modified"), strict=False))
    if len(files) > MOST:
        raise Unclear(f"Ask about {MOST:,} files at once, not more.")
    inbox = inbox_of(call.explorer)
    wanted = [(clean_way(os.fsencode(path)), whole(size), whole(modified)) for path, size, modified in files]

    def look(catalog):
        arrivals = Arrivals(catalog)
        return [
            arrivals.came("/".join(way), size, modified * 1_000_000) or is_here(inbox, tuple(way), size, modified)
            for way, size, modified in wanted
        ]

    return call.json({"known": await call.look(look)})


async def receive_file(call: Call) -> Response:
    """One file: its bytes are the body, its ``path``, ``size`` and ``modified`` are in the address."""
    way = tuple(clean_way(os.fsencode(call.args.get("path") or "")))
    size, modified = whole(call.args.get("size")), whole(call.args.get("modified") or "0")
    if not way:
        raise Unclear("The file has no name.")
    inbox = inbox_of(call.explorer)
    try:
        here, upload = await asyncio.to_thread(begin, inbox, way, size, modified)
        if upload is not None:
            try:
                await take_body(call, upload)
                await asyncio.to_thread(upload.finish, replace=False)
                await asyncio.to_thread(inbox.set_time, here, modified * 1_000_000)
            finally:
                await asyncio.to_thread(upload.abort)
    except CutOff as error:
        raise Unclear("Not all of the file arrived. Send it again.") from error
    except StorageError as error:
        return call.json({"ok": False, "error": f"{str(error)[:1].upper()}{str(error)[1:]}."}, status=507)
    except ExportError as error:
        raise Unclear(f"{str(error)[:1].upper()}{str(error)[1:]}.", status=409) from error
    return call.json({"ok": True, "name": "/".join(here)})


def inbox_of(explorer):
    chosen = explorer.settings.inbox
    return one_of(
        explorer,
        "drop_inbox",
        lambda: Inbox(explorer.settings.inbox_path, quota=int(chosen.quota_gb * GB), floor=int(chosen.free_gb * GB)),
    )


def begin(inbox, way, size, modified):
    """A name for the file that nothing else has, and the upload to it; no upload when the file is here already."""
    inbox.prepare()
    if len(way) > 1:
        inbox.make_folder(way[:-1])
    stem, dot, ending = way[-1].rpartition(".")
    for number in range(1, 1000):
        name = way[-1] if number == 1 else f"{stem} ({number}){dot}{ending}" if stem else f"{way[-1]} ({number})"
        here = (*way[:-1], name)
        if is_here(inbox, here, size, modified):
            return here, None
        if not os.path.lexists(inbox.path(here)):
            return here, inbox.receive(here, expected=size)
    raise NameTaken(inbox.path(way))


async def take_body(call, upload):
    """The body as it comes, never more than a block of it in memory."""
    waiting, more = bytearray(), True
    while more:
        message = await call.request.receive()
        if message["type"] != "http.request" or call.explorer.closing.is_set():
            raise CutOff
        waiting += message.get("body", b"")
        more = message.get("more_body", False)
        if waiting and (len(waiting) >= BLOCK or not more):
            await asyncio.to_thread(upload.write, bytes(waiting))
            waiting.clear()


def is_here(inbox, way, size, modified):
    """Whether the inbox has a file of this name, size and time."""
    try:
        status = inbox.path(way).lstat()
    except (OSError, ExportError):
        return False
    return status.st_size == size and abs(status.st_mtime_ns // 1_000_000 - modified) < 2


def whole(text):
    if not (text and text.isascii() and text.isdigit() and len(text) < 16):
        raise Unclear("'size' and 'modified' are whole numbers.")
    return int(text)
