"""Take what a button says and record it, or take a decision back."""

from datasette import hookimpl

from mediaparser_core.web import Call, Response, Unclear, pages

VERBS = ("keep", "discard", "set-date", "shift", "tag", "untag", "same", "different", "accept")


@hookimpl
def register_routes(datasette):
    return pages(datasette, {r"/-/review/decide": {"POST": decide}, r"/-/review/undo": {"POST": undo}})


async def decide(call: Call) -> Response:
    form = await call.form()
    if form["verb"] not in VERBS:
        raise Unclear(f"A button cannot say that. It can say {', '.join(VERBS)}.")
    saved = await call.decide(
        form["verb"],
        form.all("subject"),
        form.get("value"),
        request_id=form["request_id"],
        stamp=form.get("stamp"),
        keep=form.get("keep"),
    )
    return call.answer(saved, back=form.get("back", "/"))


async def undo(call: Call) -> Response:
    form = await call.form()
    number = form["decision"]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Unclear("'decision' must be the number of a decision.")
    saved = await call.undo(int(number), request_id=form["request_id"])
    return call.answer(saved, back=form.get("back", "/"))
