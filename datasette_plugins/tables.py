"""Datasette's own pages over our tables: pictures instead of hashes, and ways back to the pages for people."""

import json
import re
from urllib.parse import urlencode

from datasette import hookimpl
from markupsafe import Markup

from mediaparser_core.web import explorer_of, words

SHA = re.compile(r"[0-9a-f]{64}", re.ASCII)
PICTURES = frozenset({"sha256", "another_sha256", "keeper", "a", "b", "said_by", "told_by", "lesser"})
OTHERS = frozenset({"sidecars", "own_copies"})  # tables whose hashes are not those of pictures
SHOWN = 4  # pictures in one cell
BY_PICTURE = ("files", "claims", "dates", "found_tags", "tags", "bundles", "members", "receipts", "notes")
PICTURE = Markup(
    '<a class="mp-cell" href="{page}"><img src="{thumb}" alt="" loading="lazy" decoding="async" width="64" height="64">'
    "<code>{short}</code></a>"
)
TOP = Markup('<div class="mp-top"><a href="{page}"><img src="{thumb}" alt=""></a><p>{links}</p></div>')
LINK = Markup('<a href="{href}">{label}</a>')
START = Markup('<p class="mp-start">Good places to start: {}</p>')
CHIP = Markup('<span class="mp-chip {kind}">{word}</span>')


@hookimpl
def render_cell(row, value, column, table, pks, database, datasette):
    explorer = explorer_of(datasette)
    if explorer is None or database not in (explorer.database, "decisions") or table in OTHERS:
        return None
    if list(pks or ()) == ["sha256"] and column == list(row.keys())[1]:
        # Datasette renders a key by itself, so the picture stands beside what comes next
        return picture(datasette, row["sha256"]) + Markup(" {}").format("" if value is None else value)
    if not isinstance(value, str):
        return None
    if column in PICTURES and SHA.fullmatch(value):
        return picture(datasette, value) if _may_be_picture(table, row) else None
    if column == "subject" and database == "decisions":
        return subject(datasette, value)
    if column == "level" and value in words.LEVELS:
        return CHIP.format(kind=value, word=words.level(value))
    return None


def _may_be_picture(table, row):
    """Files are hashed whatever they are; only pictures and videos have a page."""
    return table != "files" or "kind" not in row.keys() or row["kind"] in ("image", "video")  # noqa: SIM118 - of SQLite


def picture(datasette, sha):
    urls = datasette.urls
    return PICTURE.format(
        page=urls.path(f"/-/media/picture/{sha}"), thumb=urls.path(f"/-/media/thumb/{sha}"), short=sha[:8]
    )


def subject(datasette, value):
    """The pictures a decision is about; anything else stays the text it is."""
    try:
        names = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and SHA.fullmatch(n) for n in names):
        return None
    shown = Markup(" ").join(picture(datasette, sha) for sha in names[:SHOWN])
    return shown + Markup(" {}").format(f"and {len(names) - SHOWN} more") if len(names) > SHOWN else shown


@hookimpl
def row_actions(datasette, actor, database, table, row):
    sha = _sha_of(datasette, database, table, row)
    if sha is None:
        return []
    page = datasette.urls.path(f"/-/media/picture/{sha}")
    actions = [
        {"href": page, "label": "See the picture", "description": "Large, with everything that is known about it."},
        {"href": f"{page}#how", "label": "Explain", "description": "Who says when it was taken, and who was believed."},
    ]
    if table in ("groups", "members"):
        group = datasette.urls.path(f"/-/review/groups?of={sha}")
        actions.insert(0, {"href": group, "label": "Review the group", "description": "Side by side, with buttons."})

    async def with_deciding():
        if await datasette.allowed(action="review-decide", actor=actor):
            text = "Set its date, tag it, keep it or leave it out."
            actions.append({"href": f"{page}#when", "label": "Decide", "description": text})
        return actions

    return with_deciding


@hookimpl
def top_row(datasette, database, table, row):
    sha = _sha_of(datasette, database, table, row)
    if sha is None:
        return ""
    explorer, urls = explorer_of(datasette), datasette.urls
    about = [
        LINK.format(href=f"{urls.table(explorer.database, name)}?{urlencode({'sha256': sha})}", label=name)
        for name in BY_PICTURE
    ]
    page, thumb = urls.path(f"/-/media/picture/{sha}"), urls.path(f"/-/media/thumb/{sha}")
    links = LINK.format(href=page, label="See the picture") + Markup(" · ") + Markup(" · ").join(about)
    return TOP.format(page=page, thumb=thumb, links=links)


def _sha_of(datasette, database, table, row):
    """The picture a row of the catalog is about."""
    explorer = explorer_of(datasette)
    if explorer is None or database != explorer.database or table in OTHERS or not _may_be_picture(table, row):
        return None
    known = dict(row)
    value = known.get("sha256", known.get("keeper"))
    return value if isinstance(value, str) and SHA.fullmatch(value) else None


@hookimpl
def top_database(datasette, database):
    explorer, urls = explorer_of(datasette), datasette.urls
    if explorer is None or database != explorer.database:
        return ""
    doors = (
        (urls.table(database, "library"), "the library, a row for each picture"),
        (urls.table(database, "search"), "search"),
        (urls.table(database, "claims"), "all evidence on dates"),
        (urls.table(database, "ledger"), "the ledger of every file"),
        (urls.database(database) + "/-/queries", "questions worth asking"),
    )
    return START.format(Markup(" · ").join(LINK.format(href=href, label=label) for href, label in doors))


@hookimpl
def view_actions(datasette, database, view, request):
    explorer = explorer_of(datasette)
    if explorer is None or database != explorer.database or view != "library":
        return []
    kept = {name: request.args[name] for name in ("kind", "level", "state", "make", "model") if request.args.get(name)}
    page = datasette.urls.path("/-/media/gallery")
    return [
        {"href": f"{page}?{urlencode(kept)}" if kept else page, "label": "As pictures"},
        {"href": datasette.urls.table(database, "search"), "label": "Search names, tags, cameras and places"},
    ]


@hookimpl
def menu_links(datasette, actor):
    if explorer_of(datasette) is None or not actor:
        return []
    pages = (("/", "Home"), ("/-/media/gallery", "Pictures"), ("/-/review", "Review"), ("/-/jobs", "Jobs"))
    return [{"href": datasette.urls.path(path), "label": label} for path, label in pages]
