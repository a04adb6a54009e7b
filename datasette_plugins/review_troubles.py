"""Files that could not be read in full: why, what it means, and what somebody at home can do."""

from datasette import hookimpl

from mediaparser_core.catalog.review_lists import ReviewLists
from mediaparser_core.web import Call, Response, pages, trouble_words
from mediaparser_core.web.review_asks import whole_number

PAGE = "/-/review/troubles"
MESSAGES = 5000  # different ones; a library with more has another problem
FILES = 100  # on a page


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: show, rf"{PAGE}/files": files})


async def show(call: Call) -> Response:
    found = await call.look(lambda catalog: ReviewLists(catalog).troubles(MESSAGES))
    reasons = trouble_words.by_reason(found)
    return await call.page(
        "review_troubles.html",
        title="Troubles",
        here="review",
        reasons=reasons,
        total=sum(each.files for each in reasons),
    )


async def files(call: Call) -> Response:
    """The files with one trouble."""
    probe, message = call.args.get("probe") or "", call.args.get("message") or ""
    after = whole_number(call.args.get("after")) or 0
    rows = await call.look(lambda catalog: ReviewLists(catalog).troubled_files(probe, message, after, FILES + 1))
    return await call.page(
        "review_trouble.html", title="Troubles", here="review", rows=rows[:FILES], probe=probe, message=message,
        after=after,
        advice=trouble_words.advice(probe, message), following=rows[FILES - 1]["id"] if len(rows) > FILES else None,
    )  # fmt: skip
