"""PROPFIND of a tree, depth 0 and 1: one pass, one template for each kind of node, nothing held back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import gmtime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from mediaparser_core.dav.answers import Refusal
from mediaparser_core.dav.nodes import Node, Parts, Tree, media_type

MOST_PROPERTIES = 100  # named in one request: no client asks for more than twenty
_LONGEST_UNKNOWN = 4096  # characters of names we do not know, for they are repeated for every file

_PLAIN = re.compile(r"[A-Za-z0-9._-]+").fullmatch  # needs neither percent signs nor entities
_SAFE = "/!*'(),$-_.~@+"

_ALWAYS = {
    "displayname": "<D:displayname>%(display)s</D:displayname>",
    "getlastmodified": "<D:getlastmodified>%(modified)s</D:getlastmodified>",
    "creationdate": "<D:creationdate>%(created)s</D:creationdate>",
}
_FOLDER = {"resourcetype": "<D:resourcetype><D:collection/></D:resourcetype>", **_ALWAYS}
_FILE = {
    "resourcetype": "<D:resourcetype/>",
    "getcontentlength": "<D:getcontentlength>%(size)d</D:getcontentlength>",
    "getcontenttype": "<D:getcontenttype>%(type)s</D:getcontenttype>",
    "getetag": '<D:getetag>"%(etag)s"</D:getetag>',
    **_ALWAYS,
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a PROPFIND asks for: every property (``names`` is None), their names alone, or these."""

    names: tuple[str, ...] | None = None  # as ElementTree writes them: {namespace}name
    only_names: bool = False


def read_request(body: bytes) -> Wanted:
    """What *body* asks for; nothing at all means everything. Raises :class:`Refusal`."""
    if not body.strip():
        return Wanted()
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # ValueError: a codec's; LookupError: no codec
        raise Refusal(400, "The request is not XML that can be understood.") from None
    if root.tag != "{DAV:}propfind":
        raise Refusal(400, "The request is no propfind.")
    kinds = [child for child in root if child.tag in ("{DAV:}allprop", "{DAV:}propname", "{DAV:}prop")]
    if len(kinds) != 1:
        raise Refusal(400, "A propfind asks for allprop, propname or prop.")
    if kinds[0].tag != "{DAV:}prop":
        return Wanted(only_names=kinds[0].tag == "{DAV:}propname")
    if len(kinds[0]) > MOST_PROPERTIES:
        raise Refusal(413, "That are more properties than anybody needs.")
    return Wanted(tuple(dict.fromkeys(str(child.tag) for child in kinds[0])))


def entries(tree: Tree, parts: Parts, node: Node, wanted: Wanted, *, depth: int, prefix: str = "") -> Iterator[str]:
    """One ``<D:response>`` for *node*, which is at *parts* of *tree*, and with depth 1 for each of its members.

    *prefix* is the path under which the tree is served, without a slash at its end.
    """
    folder, file = _template(wanted, _FOLDER), _template(wanted, _FILE)
    here = quote(f"{prefix}/{'/'.join(parts)}".rstrip("/"), safe=_SAFE)
    yield _entry(folder if node.is_folder else file, here, node)
    if depth == 0 or not node.is_folder:
        return
    here += "/"
    for member in tree.members(parts):
        name = member.name
        href = here + (name if _PLAIN(name) else quote(name, safe=_SAFE))
        yield _entry(folder if member.is_folder else file, href, member)


def _entry(template: str, href: str, node: Node) -> str:
    name, seconds = node.name, node.mtime_ns // 1_000_000_000
    day, time = _day(seconds // 86_400), _time(seconds % 86_400)
    values = {
        "href": href + "/" if node.is_folder else href,
        "display": name if _PLAIN(name) else escape(name),
        "size": node.size,
        "type": media_type(name),
        "etag": node.etag,
        "modified": f"{day[0]} {time} GMT",
        "created": f"{day[1]}T{time}Z",
    }
    return template % values


def _template(wanted: Wanted, known: dict[str, str]) -> str:
    """A response with a place for each value; what is not *known* of such a node is a 404 of its own."""
    missing: list[str] = []
    if wanted.only_names:
        found = [f"<D:{name}/>" for name in known]
    elif wanted.names is None:
        # the last part of the address is the name already: 2,000 files must fit into the megabyte that Windows takes
        found = [text for name, text in known.items() if name != "displayname"]
    else:
        ours = {
            tag: known.get(tag.removeprefix("{DAV:}")) if tag.startswith("{DAV:}") else None for tag in wanted.names
        }
        found = [text for text in ours.values() if text]
        missing = [_unknown(tag) for tag, text in ours.items() if not text]
    parts = ["<D:response><D:href>%(href)s</D:href>"]
    if found or not missing:
        parts.append(_propstat("".join(found), "200 OK"))
    if missing:
        if sum(map(len, missing)) > _LONGEST_UNKNOWN:
            raise Refusal(413, "The names of these properties are longer than anybody needs.")
        parts.append(_propstat("".join(missing).replace("%", "%%"), "404 Not Found"))
    return "".join(parts) + "</D:response>\n"


def _propstat(properties: str, status: str) -> str:
    return f"<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _unknown(tag: str) -> str:
    """An empty element for a property that a node does not have."""
    namespace, mark, name = tag[1:].rpartition("}")
    if not mark:
        return f"<{tag}/>"
    return f"<D:{name}/>" if namespace == "DAV:" else f"<x:{name} xmlns:x={quoteattr(namespace)}/>"


@lru_cache(maxsize=4096)
def _day(number: int) -> tuple[str, str]:
    """The day that is *number* days after 1970-01-01 as HTTP and as ISO 8601 write it."""
    try:
        day = gmtime(number * 86_400)
    except (ValueError, OverflowError, OSError):
        day = gmtime(0)  # a file system can hold what the calendar cannot
    if not 1 <= day.tm_year <= 9999:
        day = gmtime(0)
    date = f"{_DAYS[day.tm_wday]}, {day.tm_mday:02} {_MONTHS[day.tm_mon - 1]} {day.tm_year:04}"
    return date, f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}"


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def http_date(mtime_ns: int) -> str:
    """``Sat, 04 May 2019 12:00:03 GMT``."""
    seconds = mtime_ns // 1_000_000_000
    return f"{_day(seconds // 86_400)[0]} {_time(seconds % 86_400)} GMT"
