"""Let in only requests that are meant for us, and send every answer out with its safety headers."""

from http.cookies import CookieError, SimpleCookie

from datasette import hookimpl

from mediaparser_core.listening import is_for_us, names_of
from mediaparser_core.web import doors, explorer_of
from mediaparser_core.web.answers import KEEP, refuse

# for Datasette's own pages, which have inline scripts; ours bring a stricter one
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


@hookimpl(trylast=True)  # the last one wraps all others: nothing answers without these headers
def asgi_wrapper(datasette):
    explorer = explorer_of(datasette)
    if explorer is None:
        return lambda app: app
    names = names_of(explorer.settings.explore.host, explorer.settings.explore.hosts)

    def wrap(app):
        async def guarded(scope, receive, send):
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = doors.headers_of(scope)
            outgoing = _with_headers(send)
            if not is_for_us(headers.get("host"), names):
                await refuse(outgoing, 421, "This server goes by another name. Its owner can add one: explore.hosts")
            elif scope["method"] not in doors.SAFE_METHODS and not doors.is_same_origin(headers):
                await refuse(outgoing, 403, "This came from another page, so nothing was changed (CSRF check failed).")
            else:
                await app(scope, receive, outgoing)

        return guarded

    return wrap


def _with_headers(send):
    async def outgoing(message):
        if message["type"] == "http.response.start":
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers") or ()]
            keep = next((value for name, value in headers if name == KEEP), None)
            if keep is not None:  # Datasette forbids to keep anything a person asked for; pictures never change
                headers = [(n, v) for n, v in headers if n not in (KEEP, b"cache-control")] + [(b"cache-control", keep)]
            given = {name for name, _ in headers}
            headers = [(n, _cookie(v) if n == b"set-cookie" else v) for n, v in headers]
            headers += [(name, value) for name, value in ALWAYS.items() if name not in given]
            if b"content-security-policy" not in given:
                headers.append((b"content-security-policy", POLICY.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return outgoing


def _cookie(value):
    """No script reads our cookies, and no other site sends them."""
    cookies = SimpleCookie()
    try:
        cookies.load(value.decode("latin-1"))
    except CookieError:
        return value
    for cookie in cookies.values():
        cookie["httponly"] = True
        cookie["samesite"] = "Strict"
    return "; ".join(cookie.OutputString() for cookie in cookies.values()).encode("latin-1") or value
