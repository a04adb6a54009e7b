"""One request: what it may do, what it asks, how it is answered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from datasette.utils.asgi import BadRequest, PayloadTooLarge, Request, Response

from mediaparser_core.catalog import Catalog
from mediaparser_core.errors import DecisionError, MediaParserError
from mediaparser_core.web import deciding
from mediaparser_core.web.deciding import Saved
from mediaparser_core.web.explorer import Explorer, explorer_of
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.refusals import NotAllowed, Refusal, Stale, Unclear, WrongMethod

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")
View = Callable[["Call"], Awaitable[Any]]

# nothing from outside, nothing inline; pictures may be made in the page (blob:)
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob:",
    "media-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
    "frame-ancestors": "'none'", "object-src": "'none'",
}  # fmt: skip
_METHODS = ("GET", "POST")
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def policy(extra: Mapping[str, str] | None = None) -> str:
    """Our content security policy; *extra* adds sources to a directive (``{"img-src": "https://tiles.example"}``)."""
    more = extra or {}
    return "; ".join(f"{name} {sources} {more.get(name, '')}".strip() for name, sources in POLICY.items())


class Form(dict[str, str]):
    """The fields of a form or of a JSON object: the last value of each, ``all(name)`` for those that come more than once."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def __missing__(self, name: str) -> str:
        raise Unclear(f"The form has no '{name}'.")


class Call:
    """One request to one of our pages."""

    def __init__(self, request: Request, datasette: Datasette, explorer: Explorer, fresh: Fresh) -> None:
        self.request, self.datasette, self.explorer, self.fresh = request, datasette, explorer, fresh
        self.actor: dict[str, Any] | None = request.actor
        self.args, self.vars = request.args, {k: unquote(v) for k, v in request.url_vars.items() if v is not None}
        self._form: Form | None = None

    @property
    def wants_json(self) -> bool:
        """Whether a script asks, not a person."""
        return wants_json(self.request)

    async def look(self, question: Callable[[Catalog], T]) -> T:
        return await self.explorer.look(question)

    async def write(self, change: Callable[[Catalog], T]) -> T:
        return await self.explorer.write(change)

    async def may(self, action: str) -> bool:
        return bool(await self.datasette.allowed(action=action, actor=self.actor))

    async def require(self, action: str) -> None:
        """Raises :class:`NotAllowed` unless the person may do this."""
        if not await self.may(action):
            raise NotAllowed(
                "Ask whoever runs this library for the permission to decide." if self.actor else "Please log in."
            )

    async def form(self) -> Form:
        """What was posted: a form, or a JSON object whose values are text or lists of text."""
        if self._form is None:
            try:
                self._form = await _read_form(self.request)
            except PayloadTooLarge as error:
                raise Unclear("That is more than one request may carry.", status=413) from error
        return self._form

    async def decide(
        self, verb: str, subject: Sequence[str], value: str | None = None, *, request_id: str, stamp: str | None = None,
        keep: str | None = None,
    ) -> Saved:  # fmt: skip
        """Record a decision of the person who asks. Raises ``Unclear``, ``Gone``, ``Stale`` and ``Busy``."""
        wish = deciding.Wish(verb, tuple(subject), value, self.name, request_id, stamp, keep)
        saved = await self.write(lambda catalog: deciding.decide(catalog, self.explorer, wish))
        self.explorer.changed()
        return saved

    async def undo(self, number: int, *, request_id: str) -> Saved:
        """Take back the decision with this number."""
        saved = await self.write(lambda catalog: deciding.undo(catalog, number, self.name, request_id))
        self.explorer.changed()
        return saved

    @property
    def name(self) -> str:
        """Who asks, as decisions record it."""
        return str((self.actor or {}).get("id") or "somebody")

    # -- answers

    async def page(
        self, template: str, *, status: int = 200, policy_extra: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        """One of our templates as a page, with what :file:`media_base.html` wants to know."""
        common = {
            "title": "MediaParser", "here": "", "fresh": self.fresh, "may_decide": await self.may("review-decide"),
            "may_control": await self.may("jobs-control"), "new_id": lambda: uuid.uuid4().hex, "call": self,
            "saved": await self._saved(),
            "this_page": self.request.path,
        }  # fmt: skip
        html = await self.datasette.render_template(template, {**common, **context}, request=self.request)
        return Response.html(html, status=status, headers={"content-security-policy": policy(policy_extra), **NO_STORE})

    async def _saved(self) -> dict[str, Any] | None:
        """The decision the person comes from, for the toast with its undo."""
        text = self.args.get("saved") or ""
        if self.actor is None or not (text.isascii() and text.isdigit() and len(text) < 16):
            return None
        decision = await self.look(lambda catalog: catalog.decided.numbered(int(text)))
        return None if decision is None else {"number": int(text), "message": deciding.in_words(decision)}

    def json(self, document: object, status: int = 200) -> Response:
        return Response.json(
            document, status=status, headers={"content-security-policy": policy(), **NO_STORE}, default=str
        )

    def see(self, path: str) -> Response:
        """Go and look at *path*, a page of this server."""
        target = path if is_local_path(path) else "/"
        return Response.redirect(quote(target, safe="/?&=%:;,+~@!$'()*-._#"), status=303, headers=dict(NO_STORE))

    def answer(self, saved: Saved, back: str = "/") -> Response:
        """What was saved: JSON for scripts, else *back* to a page that shows it with its undo."""
        if self.wants_json:
            return self.json({"ok": True, "decision": saved.number, "new": saved.new, "message": saved.message,
                              "request_id": saved.decision.request_id, "undo": "/-/review/undo"})  # fmt: skip
        parts = urlsplit(back if is_local_path(back) else "/")
        query = "&".join(
            [*(p for p in parts.query.split("&") if p and not p.startswith("saved=")), f"saved={saved.number}"]
        )
        return self.see(f"{parts.path}?{query}")


NO_STORE = {"cache-control": "no-store"}


def pages(
    datasette: Datasette, table: Mapping[str, View | Mapping[str, View]], *, look: str = "media-view",
    act: str = "review-decide",
) -> list[tuple[str, Callable[..., Any]]]:  # fmt: skip
    """Routes for Datasette: *table* has views by pattern, or by pattern and method; nothing where there is no library.

    GET and HEAD need the permission *look*, POST needs *act*.
    """
    if explorer_of(datasette) is None:
        return []
    return [
        (f"^{pattern}$", _route({"GET": views} if callable(views) else views, {"GET": look, "POST": act}))
        for pattern, views in table.items()
    ]


def open_pages(datasette: Datasette, table: Mapping[str, Mapping[str, View]]) -> list[tuple[str, Callable[..., Any]]]:
    """The same for pages that strangers may see: the login, and nothing else."""
    if explorer_of(datasette) is None:
        return []
    return [(f"^{pattern}$", _route(views, {})) for pattern, views in table.items()]


def is_local_path(path: str) -> bool:
    """Whether *path* leads to a page of this server, and nowhere else."""
    return _LOCAL_PATH.fullmatch(path) is not None


def _route(views: Mapping[str, View], actions: Mapping[str, str]) -> Callable[..., Any]:
    async def route(request: Request, datasette: Datasette) -> Any:
        explorer = explorer_of(datasette)
        assert explorer is not None  # noqa: S101 - routes are only made for a library
        call = None
        try:
            method = "GET" if request.method == "HEAD" else request.method
            if method not in views:
                raise WrongMethod(f"This page takes {' and '.join(m for m in _METHODS if m in views)} only.")
            call = Call(request, datasette, explorer, Fresh.of((), (0, 0)))
            if actions:
                await call.require(actions[method])
                call.fresh = await explorer.fresh()
            return await views[method](call)
        except Refusal as refusal:
            return await _refused(request, datasette, call, refusal)
        except DecisionError as error:
            return await _refused(request, datasette, call, Unclear(_sentence(str(error))))
        except MediaParserError as error:
            return await _refused(request, datasette, call, Refusal(_sentence(str(error)), status=503))

    return route


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


async def calm(request: Request, datasette: Datasette, refusal: Refusal) -> Response:
    """A page in our look about something that went wrong outside our own pages."""
    explorer = explorer_of(datasette)
    assert explorer is not None  # noqa: S101 - asked for libraries only
    return await _refused(request, datasette, Call(request, datasette, explorer, Fresh.of((), (0, 0))), refusal)


async def _refused(request: Request, datasette: Datasette, call: Call | None, refusal: Refusal) -> Response:
    headers = {"allow": "GET, HEAD, POST"} if isinstance(refusal, WrongMethod) else {}
    if call is None or call.wants_json:
        document = {"ok": False, "error": refusal.text, "title": refusal.title, "stale": isinstance(refusal, Stale)}
        return Response.json(document, status=refusal.status, headers={**NO_STORE, **headers})
    response = await call.page(
        "media_error.html", status=refusal.status, title=refusal.title, text=refusal.text,
        again=refusal.status == 409 or refusal.status >= 500,  # what may be otherwise the next time
    )  # fmt: skip
    response.headers.update(headers)
    return response


def wants_json(request: Request) -> bool:
    """Whether a script asks, not a person."""
    accept = request.headers.get("accept") or ""
    return (
        request.path.endswith(".json")
        or (request.headers.get("content-type") or "").startswith("application/json")
        or ("application/json" in accept and "text/html" not in accept)
    )


async def _read_form(request: Request) -> Form:
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            document = await request.json()
            if not isinstance(document, dict):
                raise ValueError
            return Form([pair for key, value in document.items() for pair in _flat(str(key), value)])
        if kind == "application/x-www-form-urlencoded":
            body = (await request.post_body()).decode("utf-8")
            return Form(parse_qsl(body, keep_blank_values=True, max_num_fields=60_000))
    except (ValueError, RecursionError, BadRequest) as error:
        if isinstance(error, PayloadTooLarge):
            raise
        raise Unclear("What was sent cannot be read.") from error
    raise Unclear("Send a form or JSON.", status=415)


def _flat(key: str, value: object) -> list[tuple[str, str]]:
    values = value if isinstance(value, list) else [value]
    if any(not isinstance(each, (str, int, float)) for each in values if each is not None):
        raise ValueError(key)
    return [(key, str(each)) for each in values if each is not None]
