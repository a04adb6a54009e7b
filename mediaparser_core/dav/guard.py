"""The only door of the drive: who asks, in whose name, for what, and is that allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mediaparser_core.accounts import Accounts, User
from mediaparser_core.dav import listing
from mediaparser_core.dav.answers import (
    SAFE,
    Application,
    Environ,
    Headers,
    Refusal,
    StartResponse,
    disposition,
    multistatus,
)
from mediaparser_core.dav.nodes import Parts, Shares, Tree
from mediaparser_core.dav.requests import (
    credentials,
    drain,
    length_of,
    read_path,
    settle_conditions,
    settle_time,
    take_body,
)
from mediaparser_core.dav.sharing import OFFSET, OPENED, SEND, TREE, FileBody
from mediaparser_core.errors import MediaParserError
from mediaparser_core.listening import is_for_us, is_loopback

READ = ("GET", "HEAD", "OPTIONS", "PROPFIND")
WRITE = ("PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK")
INBOX = "inbox"
_SILENT = ("PUT", "DELETE", "MKCOL", "COPY", "MOVE")  # nobody reads what is said to these

_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")
_KEPT = {"content-range", "lock-token", "allow", "dav"}  # headers of a refusal that say something to the client
_WORDS = {
    403: "This is not allowed here.", 404: "There is nothing at this address.", 405: "This cannot be done here.",
    409: "There is no such folder.", 412: "It is not as you expect it to be.", 423: "Somebody else is working on it.",
    416: "The file is not that long.", 507: "There is no room for it.",
}  # fmt: skip


class Guard:
    """A WSGI application in front of *dav*; *trees* are the read-only shares.

    Without users, only this very machine may look, and nobody may write. With users, everybody shows a password.
    *names* are those by which we may be called; *tell* is told what went wrong in here.
    """

    def __init__(
        self,
        dav: Application,
        trees: dict[str, Tree],
        accounts: Accounts,
        names: frozenset[str],
        *,
        inbox: Tree | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._dav, self._trees, self._accounts, self._names = dav, trees, accounts, names
        self._inbox, self._tell = inbox, tell

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._answer(environ, start_response)
        except Refusal as refusal:
            answer = refusal
        except MediaParserError as error:
            self._tell(str(error))
            answer = Refusal(503, "The library cannot be read at the moment.", [("Retry-After", "10")])
        except Exception as error:  # whatever it is, a stranger learns nothing from it, and the next request is served
            self._tell(f"{environ['REQUEST_METHOD'][:20]} failed: {type(error).__name__}: {error}")
            answer = Refusal(500, "Something went wrong.")
        if not drain(environ):
            answer.headers.append(("Connection", "close"))
        body = answer.send(start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not is_for_us(environ.get("HTTP_HOST"), self._names):
            raise Refusal(421, "This is not the machine you asked for.")
        length_of(environ)
        user = self._who(environ)
        parts = read_path(environ)
        environ["PATH_INFO"] = "/" + "/".join(parts).encode().decode("latin-1")
        environ["wsgidav.auth.user_name"] = user.name if user else ""
        if parts[:1] == (INBOX,) and self._inbox is not None:
            return self._write(environ, start_response, parts, user)
        return self._read(environ, start_response, parts, user)

    # -- who

    def _who(self, environ: Environ) -> User | None:
        if self._accounts.empty:
            if not is_loopback(environ.get("REMOTE_ADDR", "")) or any(name in environ for name in _FORWARDED):
                raise Refusal(403, "Nobody has a login here yet: mediaparser user add NAME")
            return None
        asked = [("WWW-Authenticate", 'Basic realm="MediaParser", charset="UTF-8"')]
        given = credentials(environ)
        if given is None:
            raise Refusal(401, "Please log in.", asked)
        client = environ.get("REMOTE_ADDR", "")
        user = self._accounts.verify(*given, client)
        if user is None:
            if wait := self._accounts.wait(given[0], client):
                raise Refusal(429, "Too many wrong passwords.", [("Retry-After", str(int(wait) + 1))])
            raise Refusal(401, "Name or password is wrong.", asked)
        return user

    def _seen_by(self, user: User | None) -> Shares:
        """What *user* finds at the top; nobody (at this machine) may look, but not drop."""
        trees = dict(self._trees) if user is None or user.may("look") else {}
        if self._inbox is not None and user is not None and user.may("drop"):
            trees[INBOX] = self._inbox
        return Shares(trees)

    # -- what

    def _read(
        self, environ: Environ, start_response: StartResponse, parts: Parts, user: User | None
    ) -> Iterable[bytes]:
        method, tree = environ["REQUEST_METHOD"], self._seen_by(user)
        if method not in READ:
            raise Refusal(405, "This share can only be read.", [("Allow", ", ".join(READ))])
        body = take_body(environ)
        if parts and parts[0] in self._trees and user is not None and not user.may("look"):
            raise Refusal(403, _WORDS[403])
        if method == "PROPFIND":
            return self._list(environ, start_response, tree, parts, body)
        environ |= {TREE: tree, "CONTENT_LENGTH": "0", "HTTP_DEPTH": "0"}
        if method == "OPTIONS":
            return self._pass_on(environ, start_response)
        return self._send(environ, start_response, tree, parts)

    def _list(
        self, environ: Environ, start_response: StartResponse, tree: Tree, parts: Parts, body: bytes
    ) -> Iterable[bytes]:
        depth = finite_depth(environ)
        wanted = listing.read_request(body)
        node = tree.node(parts)
        if node is None:
            raise Refusal(404, _WORDS[404])
        prefix = environ.get("SCRIPT_NAME", "").encode("latin-1").decode("utf-8", "replace")
        entries = listing.entries(tree, parts, node, wanted, depth=depth, prefix=prefix)
        return multistatus(start_response, entries)

    def _send(self, environ: Environ, start_response: StartResponse, tree: Tree, parts: Parts) -> Iterable[bytes]:
        opened = tree.open(parts)
        if opened is None:
            found = tree.node(parts)
            if found is not None and found.is_folder:
                raise Refusal(403, "This is a folder of a drive: open this address in your file manager to see it.")
            raise Refusal(404, _WORDS[404])
        try:
            node = opened.node
            if not settle_conditions(environ, node):
                opened.file.close()
                start_response("304 Not Modified", [("ETag", f'"{node.etag}"'), ("Cache-Control", "private, no-cache")])
                return []
            environ[OPENED] = opened
            status, headers, _ = self._delegate(environ)
            start_response(status, [*headers, *SAFE, *disposition(node.name)])
            if environ["REQUEST_METHOD"] == "HEAD":
                opened.file.close()
                return []
            length = int(next(value for name, value in headers if name == "Content-Length"))
            return FileBody(opened.file, environ.get(OFFSET, 0), length, environ.get(SEND))
        except BaseException:
            opened.file.close()
            raise

    def _write(
        self, environ: Environ, start_response: StartResponse, parts: Parts, user: User | None
    ) -> Iterable[bytes]:
        if user is None or not user.may("drop"):
            raise Refusal(403, "The inbox is for users who may drop files into it.")
        method = environ["REQUEST_METHOD"]
        if method not in READ + WRITE:
            raise Refusal(405, _WORDS[405], [("Allow", ", ".join(READ + WRITE))])
        if method == "PUT":
            settle_time(environ)
            return self._pass_on(environ, start_response)
        body = take_body(environ)
        if method in ("GET", "HEAD"):
            return self._send(environ, start_response, self._seen_by(user), parts)
        if method == "PROPFIND":
            finite_depth(environ)
            listing.read_request(body)  # for its limits: what is asked for is answered by WsgiDAV
        return self._pass_on(environ, start_response)

    # -- WsgiDAV

    def _pass_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WsgiDAV's answer as it is, with our headers; what nobody reads, a page of HTML with a version in it, is cut."""
        status, headers, body = self._delegate(environ)
        if environ["REQUEST_METHOD"] in _SILENT and not status.startswith("207"):
            body = b""
            headers = [each for each in headers if not each[0].lower().startswith("content-")]
            headers.append(("Content-Length", "0"))
        start_response(status, [*headers, *SAFE])
        return [body]

    def _delegate(self, environ: Environ) -> tuple[str, Headers, bytes]:
        """Status, headers and body that WsgiDAV answers with. Raises :class:`Refusal`, in our own words, when it does."""
        started: list[tuple[str, Headers]] = []

        def note(status: str, headers: Headers, exc_info: object = None) -> None:
            started.append((status, headers))

        body = b"".join(self._dav(environ, note))
        status, headers = started[-1]
        code = int(status[:3])
        if code >= 400:
            if code == 500:
                self._tell(f"{environ['REQUEST_METHOD'][:20]} failed inside WsgiDAV")
            kept = [(name, value) for name, value in headers if name.lower() in _KEPT]
            raise Refusal(code, _WORDS.get(code, "This cannot be done."), kept)
        return status, headers, body


def finite_depth(environ: Environ) -> int:
    """0 or 1. Raises :class:`Refusal` for a whole tree at once, which is also what no depth at all means."""
    depth = environ.get("HTTP_DEPTH", "infinity").strip().lower()
    if depth == "infinity":
        raise Refusal(403, "Not everything at once.", condition="propfind-finite-depth")
    if depth not in ("0", "1"):
        raise Refusal(400, "The depth is 0 or 1.")
    return int(depth)
