"""What the explorer's pages share: permission, form → Decision → one write → answer, paging, words.

How a page is written
---------------------
One flat file in ``datasette_plugins/``, absolute imports, no SQL, no state::

    \"\"\"Answer doubtful dates.\"\"\"

    from datasette import hookimpl

    from mediaparser_core.web import Call, Response, pages


    @hookimpl
    def register_routes(datasette):
        # nothing at all for a Datasette without one of our catalogs
        return pages(datasette, {r"/-/review/dates": {"GET": show, "POST": answer}, r"/-/other/(?P<sha>[0-9a-f]{64})": one})


    async def show(call: Call) -> Response:
        rows = await call.look(lambda catalog: Dates(catalog).waiting(50))   # SQL lives in mediaparser_core/catalog/
        return await call.page("dates.html", title="Dates", here="dates", rows=call.fresh.rows(rows))


    async def answer(call: Call) -> Response:
        form = await call.form()
        saved = await call.decide("set-date", form.all("subject"), form["value"], request_id=form["request_id"])
        return call.answer(saved, back="/-/review/dates")      # JSON for scripts, 303 with a toast and undo for forms

* ``pages(datasette, {pattern: view or {method: view}}, look="media-view", act="review-decide")``: GET (and HEAD) need the
  first permission, POST the second (``act="jobs-control"`` for jobs); any other method is 405, so GET can never write.
  Every answer is ``no-store``, has our strict policy, and a :class:`Refusal` (or an error of ours) becomes a calm page
  or ``{"ok": false, "error": …}``.
* :class:`Call`: ``request``, ``datasette``, ``explorer``, ``actor``, ``args`` (query), ``vars`` (named groups), ``wants_json``;
  ``await call.look(f)`` runs ``f(catalog)`` with a read-only :class:`~mediaparser_core.catalog.Catalog` in a reading thread;
  ``await call.write(f)`` the same with a writable one (job rows); ``await call.may(action)``; ``await call.form()``;
  ``await call.page(template, **context)``; ``call.json(document)``; ``call.see(path)`` is a 303.
* Permissions: ``media-view`` (look), ``review-decide`` (decide), ``jobs-control`` (start, pause, cancel).

Deciding
--------
``await call.decide(verb, subject, value=None, *, request_id, stamp=None)`` makes the Decision, appends it to decisions.db
in one transaction and returns :class:`Saved` (``number``, ``decision``, ``message``, ``new``). The same ``request_id`` twice is
one row and the same answer. ``stamp``: what the page showed (``row["stamp"]`` after ``fresh.rows``, several joined with
``stamp_of``); when it is no longer so: 409, "this has changed meanwhile". A busy database is waited for up to 30 s, then 503
"not saved". The actor is the person logged in. Unknown SHA-256: 404. ``accept``: give ``value=None`` for dates (what is
suggested is written out), ``keep=SHA`` for a group.
Most buttons need no code at all: a form that posts to ``/-/review/decide`` with ``verb``, ``subject`` (once or more), ``value``,
``keep``, ``stamp``, ``request_id``, ``back``; the macro ``ui.decide`` writes it. ``/-/review/undo`` takes ``decision`` (a number).

Fresh state
-----------
Decisions made since the last derive are folded over what the catalog says: ``call.fresh`` (ready before the view runs)
has ``state`` (:class:`~mediaparser_core.review.State` of all decisions), ``pending`` (decisions the catalog does not know yet),
``row(row)``/``rows(rows)`` (``taken_at, utc_offset, precision, level, confidence, needs_review, rule, reason, kept, state,
tags`` as they are now, plus ``stamp`` and ``pending``), ``settled(members)`` for groups, ``decided_date(sha)``.
After each decision the derived tables are refreshed in the background, by a process of its own, as soon as nobody else
writes; nothing to do for a page.

Templates and looks
-------------------
``{% extends "media_base.html" %}``; blocks ``title``, ``head``, ``toolbar`` (sticky row below the header), ``main``, ``scripts``
(``<script type="module" src="{{ asset('mine.js') }}"></script>``). No inline script, ``style=`` or ``on…=``: the policy blocks
them (sizes: ``<progress>``, ``<meter>``, SVG attributes, or set from a module). ``{% import "_ui.html" as ui with context %}``:
``ui.thumb(row, link=True)``, ``ui.decide(label, verb, subject, value, stamp, back, kind="primary")``, ``ui.level(row)``,
``ui.when(row)``, ``ui.chip(text, kind)``, ``ui.empty(title, text)``, ``ui.pager(first, next)``, ``ui.undo(number)``.
Filters: ``|when`` (moment → "4 May 2019, 12:00"), ``|size``, ``|count`` (12,345), ``|ago``, ``|duration``, ``|name`` (of a path),
``|folder``, ``|number(n, "picture")``.
CSS classes: ``page-title``, ``lead``, ``card``, ``cards``, ``grid`` (thumbnails), ``tile``, ``thumb``, ``button`` (``primary``,
``quiet``, ``danger``), ``buttons``, ``chip`` (``good``, ``doubt``, ``bad``, ``info``), ``toolbar``, ``bar``, ``facts`` (dl), ``dialog``, ``toast``,
``empty``, ``muted``, ``mono``, ``row``, ``stack``, ``kbd``, ``split`` (two columns on a desk, one on a phone).
Modules: ``static/decide.js`` (forms with ``data-decide`` are sent without leaving the page; fires ``decided`` on the form),
``static/toast.js`` (``toast(text, {undo: number})``), ``static/keys.js`` (``keys({j: next, k: previous})``).
Media: ``/-/media/thumb/SHA`` (320 px), ``/-/media/preview/SHA`` (larger), ``/-/media/original/SHA`` (Range); pictures page
``/-/media/picture/SHA``; gallery ``/-/media/gallery``; home ``/``.
Paging: ``after = read_cursor(call.args.get("after"), 2)`` → tuple or None; ``cursor(row["taken_at"], row["sha256"])`` → text.

Tests: see ``tests/web/conftest.py`` (``library``, ``explorer``, ``browser_page``).
"""

from __future__ import annotations

from datasette.utils.asgi import Response

from mediaparser_core.web.calls import Call, Form, pages
from mediaparser_core.web.deciding import Saved, stamp_of
from mediaparser_core.web.explorer import Explorer, explorer_of
from mediaparser_core.web.fresh import Fresh
from mediaparser_core.web.paging import cursor, read_cursor
from mediaparser_core.web.refusals import Busy, Gone, Refusal, Stale, Unclear

__all__ = [
    "Busy",
    "Call",
    "Explorer",
    "Form",
    "Fresh",
    "Gone",
    "Refusal",
    "Response",
    "Saved",
    "Stale",
    "Unclear",
    "cursor",
    "explorer_of",
    "pages",
    "read_cursor",
    "stamp_of",
]
