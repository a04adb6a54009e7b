"""The first page: what is here, what waits for an answer, what is running."""

from datasette import hookimpl

from mediaparser_core.catalog.explored import Explored
from mediaparser_core.web import Call, Response, pages
from mediaparser_core.web.density import HEIGHT, WIDTH, density, ticks
from mediaparser_core.web.waiting import waiting

LATEST = 12  # pictures
WEIGHED = 30.0  # seconds: how often all files are summed up, which takes half a second for a million


@hookimpl
def register_routes(datasette):
    return pages(datasette, {r"/": home, r"/-/media/?": home, r"/-/review/?": review, r"/-/media/now\.json": now})


async def home(call: Call) -> Response:
    weight = await call.explorer.remember("weight", lambda catalog: Explored(catalog).weight(), WEIGHED)

    def look(catalog):
        asked = Explored(catalog)
        return asked.sums(), asked.years(), asked.latest(LATEST), list(catalog.done.jobs(5))

    sums, years, latest, jobs = await call.look(look)
    bars = density(years)
    return await call.page(
        "home.html",
        title="Home",
        here="home",
        totals=sums | weight,
        bars=bars,
        ticks=ticks(bars),
        width=WIDTH,
        height=HEIGHT,
        latest=call.fresh.rows(latest),
        running=_running(jobs),
        last=next((job for job in jobs if job["state"] not in ("running", "paused")), None),
        waiting=await waiting(call.explorer, call.fresh),
        library=call.explorer.library,
        export=call.explorer.settings.export_path,
    )


async def review(call: Call) -> Response:
    return await call.page(
        "review.html", title="Review", here="review", waiting=await waiting(call.explorer, call.fresh)
    )


async def now(call: Call) -> Response:
    """What is running: for the page that shows it while it runs."""
    jobs = await call.look(lambda catalog: list(catalog.done.jobs(5)))
    return call.json({"job": _running(jobs)})


def _running(jobs):
    job = next((job for job in jobs if job["state"] in ("running", "paused")), None)
    return job and {key: job[key] for key in ("id", "command", "state", "done", "total", "failed", "started_at")}
