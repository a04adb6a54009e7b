"""What the library is busy with: watch it live, pause and cancel it, ask for more."""

import hashlib
import json
import time

from datasette import hookimpl

from mediaparser_core.catalog.arrivals import Arrivals
from mediaparser_core.catalog.queue import Queue
from mediaparser_core.errors import InputError
from mediaparser_core.jobs import now
from mediaparser_core.pipeline.health import DOWN_AFTER
from mediaparser_core.service import roots
from mediaparser_core.service.pace import Paces
from mediaparser_core.service.queue import Line, ask
from mediaparser_core.service.status import services
from mediaparser_core.web import Call, Gone, Response, Unclear, explorer_of, job_words, pages
from mediaparser_core.web.answers import refuse
from mediaparser_core.web.broadcast import Broadcast, one_of

PAGE = "/-/jobs"
ENDED, WAITING, ARRIVING = 20, 500, 5  # rows on the page
STARTS = {
    "run": "Asked for: taking in pictures.",
    "scan": "Asked for: reading pictures.",
    "export": "Asked for: making the tidy copy.",
    "verify": "Asked for: reading every file again.",
    "backup": "Asked for: copying the databases.",
}
WANTS = {
    "pause": "It will pause in a moment.",
    "run": "It goes on.",
    "cancel": "It is being cancelled; what it did is kept.",
}
IGNORED = "ignored"  # what lies in the inbox and nobody waits for


@hookimpl
def register_routes(datasette):
    explorer = explorer_of(datasette)
    if explorer is None:
        return []
    table = {
        PAGE: show,
        rf"{PAGE}/part": part,
        rf"{PAGE}/start": {"POST": start},
        rf"{PAGE}/want": {"POST": want},
        rf"{PAGE}/take": {"POST": take},
    }
    return [*pages(datasette, table, act="jobs-control"), (rf"^{PAGE}/stream$", stream)]


async def show(call: Call) -> Response:
    def look(catalog):
        return roots.known(catalog, call.explorer.settings), services(catalog)

    folders, parts = await call.look(look)
    worker = parts.get("worker")
    return await call.page(
        "jobs.html",
        title="Jobs",
        here="jobs",
        live=await call.look(lambda catalog: live(catalog, Paces())),
        folders=folders,
        works=worker is not None and worker["state"] != "stopped" and worker["age_seconds"] < DOWN_AFTER,
        shell=str(call.explorer.library),
        **await ended(call),
        **await waiting(call),
    )


async def part(call: Call) -> Response:
    """One piece of the page, for a page that is open and shows that it has changed."""
    name = call.args.get("name")
    if name == "ended":
        return await call.page("_jobs_ended.html", **await ended(call))
    if name == "waiting":
        return await call.page("_jobs_waiting.html", **await waiting(call))
    raise Gone("There is no such part.")


async def ended(call):
    rows = await call.look(lambda catalog: Queue(catalog).ended(ENDED))
    return {"ended": [job_words.ended(row) for row in rows]}


async def waiting(call):
    rows = await call.look(lambda catalog: Arrivals(catalog).waiting(WAITING))
    inbox = str(call.explorer.settings.inbox_path).rstrip("/") + "/"
    named = [{**row, "key": _key(row["path_bytes"]), "name": row["path"].removeprefix(inbox)} for row in rows]
    arriving = [row for row in named if row["state"] == "arriving"]
    others = [row for row in named if row["state"] not in ("arriving", IGNORED)]
    ignored = len(named) - len(arriving) - len(others)
    return {"waits": [*others, *arriving[:ARRIVING]], "more": len(arriving[ARRIVING:]), "ignored": ignored}


# -- asking


async def start(call: Call) -> Response:
    form = await call.form()
    command = form["command"]
    if command not in STARTS:
        raise Unclear(f"Jobs that can be asked for here: {', '.join(STARTS)}.")
    settings = call.explorer.settings

    def write(catalog):
        folders = roots.chosen(roots.known(catalog, settings), form.all("folder")) if command in ("run", "scan") else []
        line = Line(settings)
        try:
            return ask(catalog, line, command, folders, by=call.name, request_id=form["request_id"])
        finally:
            line.close()

    try:
        number, new = await call.write(write)
    except InputError as error:
        raise Unclear(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    return done(call, STARTS[command] if new else "It waits already.", job=number)


async def want(call: Call) -> Response:
    form = await call.form()
    number, wanted = form["job"], form["want"]
    if wanted not in WANTS or not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Unclear("A job can be asked to pause, to go on ('run') and to be cancelled.")
    if not await call.write(lambda catalog: Queue(catalog).want(int(number), wanted, now())):
        raise Gone("That job has ended already.", status=409)
    return done(call, WANTS[wanted], job=int(number))


async def take(call: Call) -> Response:
    """Take a file that waits in the inbox although it looks unfinished: a person knows better."""
    form = await call.form()

    def write(catalog):
        arrivals = Arrivals(catalog)
        path = next((r["path_bytes"] for r in arrivals.waiting() if _key(r["path_bytes"]) == form["file"]), None)
        return path is not None and arrivals.take_anyway(path)

    if not await call.write(write):
        raise Gone("That file does not wait any more.", status=409)
    return done(call, "It will be taken in as it is.")


def done(call, message, **more):
    if call.wants_json:
        return call.json({"ok": True, "message": message, "decision": None, **more})
    return call.see(PAGE)


def _key(path):
    return hashlib.sha256(path).hexdigest()[:24]


# -- live


def live(catalog, paces):
    """Everything that runs or waits, as the page shows it."""
    rows, moment = Queue(catalog).live(), time.monotonic()
    paces.forget({row["id"] for row in rows if row["state"] == "running"})
    return [
        job_words.live(
            row, paces.add(row["id"], row["done"], row["total"], moment) if row["state"] == "running" else paces.none
        )
        for row in rows
    ]


def _snapshot(explorer):
    paces = Paces()

    def look(catalog):
        last = next(iter(Queue(catalog).ended(1)), {"id": 0, "ended_at": ""})
        marks = {"ended": f"{last['id']} {last['ended_at']}", "waiting": Arrivals(catalog).mark()}
        return json.dumps({"live": live(catalog, paces), "marks": marks})

    return lambda: explorer.look(look)


async def stream(request, datasette, scope, receive, send):
    explorer = explorer_of(datasette)
    if request.method != "GET":
        await refuse(send, 405, "This is for listening.", ((b"allow", b"GET"),))
    elif not await datasette.allowed(action="media-view", actor=request.actor):
        await refuse(send, 403, "Please log in.")
    else:
        heard = one_of(explorer, "jobs_broadcast", lambda: Broadcast(_snapshot(explorer), explorer.closing))
        await heard.stream("jobs", receive, send)
