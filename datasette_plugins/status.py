"""How everything is: services, disk, queue, what came in, sixty days of it; and the same as JSON for dashboards."""

import asyncio
import base64
import binascii

from datasette import hookimpl

from mediaparser_core.catalog.arrivals import Arrivals
from mediaparser_core.service import status
from mediaparser_core.web import Call, Response, doors, explorer_of, pages
from mediaparser_core.web.sessions import COOKIE
from mediaparser_core.web.waiting import waiting

PAGE = "/-/status"
JSON = f"{PAGE}.json"
LATEST = 12
NAMES = {
    "serve": "Everything together", "explorer": "Pictures", "webdav": "Drive", "watcher": "Inbox", "worker": "Worker",
}  # fmt: skip


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: show, rf"{PAGE}\.json": as_json})


async def document(call):
    left = (await waiting(call.explorer, call.fresh)).total
    return await call.look(lambda catalog: status.document(catalog, call.explorer.settings, to_review=left))


async def show(call: Call) -> Response:
    def look(catalog):
        return status.history(catalog), Arrivals(catalog).latest(LATEST)

    found = await document(call)
    history, latest = await call.explorer.remember("history", look, 5.0)
    return await call.page(
        "status.html",
        title="Status",
        here="status",
        found=found,
        names=NAMES,
        history=history,
        most=max(history["arrivals"], default=0) or 1,
        latest=latest,
    )


async def as_json(call: Call) -> Response:
    return call.json(await document(call))


@hookimpl(trylast=True)  # around the login, which knows sessions only
def asgi_wrapper(datasette):
    """A dashboard logs in with each request: a name and a password in the header, for this one address."""
    explorer = explorer_of(datasette)
    if explorer is None:
        return lambda app: app

    def wrap(app):
        async def with_session(scope, receive, send):
            if scope["type"] == "http" and scope["path"] == JSON and scope["method"] in doors.SAFE_METHODS:
                cookie = await _session(explorer, scope)
                if cookie is not None:
                    scope = {**scope, "headers": [*scope["headers"], (b"cookie", cookie)]}
            await app(scope, receive, send)

        return with_session

    return wrap


async def _session(explorer, scope):
    headers = doors.headers_of(scope)
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic" or "cookie" in headers:
        return None
    try:
        name, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    client = str((scope.get("client") or ("",))[0])
    user = await asyncio.to_thread(explorer.sessions.accounts.verify, name, password, client)
    return None if user is None else f"{COOKIE}={explorer.sessions.cookie(user)}".encode("latin-1")
