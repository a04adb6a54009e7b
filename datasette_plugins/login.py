"""Log in with a name and a password, as soon as the library has users."""

import asyncio
from urllib.parse import quote

from datasette import hookimpl
from datasette.utils.asgi import Request, Response

from mediaparser_core.web import Call, Gone, doors, explorer_of, pages
from mediaparser_core.web.answers import refuse
from mediaparser_core.web.calls import is_local_path, open_pages
from mediaparser_core.web.sessions import COOKIE, LASTS

OPEN = ("/-/login", "/-/media/static/", "/-/static/", "/favicon.ico")


@hookimpl(tryfirst=True)
def actor_from_request(datasette, request):
    explorer = explorer_of(datasette)
    return None if explorer is None else explorer.sessions.actor(request.scope)


@hookimpl
def asgi_wrapper(datasette):
    """Nothing is shown to a stranger but the login page, whichever plugin or page of Datasette is asked."""
    explorer = explorer_of(datasette)
    if explorer is None:
        return lambda app: app

    def wrap(app):
        async def behind_login(scope, receive, send):
            if scope["type"] != "http" or scope["path"].startswith(OPEN) or explorer.sessions.actor(scope) is not None:
                await app(scope, receive, send)
            elif not explorer.needs_login:
                await refuse(send, 403, "Only from this machine: add a user first (mediaparser user add NAME).")
            elif scope["method"] in ("GET", "HEAD") and "text/html" in doors.headers_of(scope).get("accept", ""):
                request = Request(scope, receive)
                target = datasette.urls.path(f"/-/login?back={quote(request.full_path, safe='')}")
                await refuse(send, 303, "Please log in.", ((b"location", target.encode("latin-1")),))
            else:
                await refuse(send, 401, "Please log in.")

        return behind_login

    return wrap


@hookimpl
def register_routes(datasette):
    return [
        *open_pages(datasette, {r"/-/login": {"GET": show, "POST": log_in}}),
        *pages(datasette, {r"/-/logout": {"POST": log_out}}, act="media-view"),
    ]


async def show(call: Call) -> Response:
    if not call.explorer.needs_login:
        return call.see("/")
    return await call.page("login.html", title="Log in", back=call.args.get("back") or "/")


async def log_in(call: Call) -> Response:
    if not call.explorer.needs_login:
        raise Gone("This library has no users, so nobody has to log in.")
    form, accounts = await call.form(), call.explorer.sessions.accounts
    name, client = form["name"].strip(), str((call.request.scope.get("client") or ("",))[0])
    user = await asyncio.to_thread(accounts.verify, name, form["password"], client)
    if user is None:
        wait = accounts.wait(name, client)
        text = (
            f"Too many wrong passwords. Try again in {round(wait) or 1} seconds."
            if wait
            else "That is not the right password."
        )
        context = {"title": "Log in", "problem": text, "name": name, "back": form.get("back", "/")}
        return await call.page("login.html", status=429 if wait else 401, **context)
    back = form.get("back", "/")
    response = call.see(back if is_local_path(back) else "/")
    secure = call.request.scheme == "https" or call.request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(
        COOKIE, call.explorer.sessions.cookie(user), max_age=LASTS, httponly=True, samesite="strict", secure=secure
    )
    return response


async def log_out(call: Call) -> Response:
    response = call.see("/-/login" if call.explorer.needs_login else "/")
    response.set_cookie(COOKIE, "", max_age=0, expires=0, httponly=True, samesite="strict")
    return response
