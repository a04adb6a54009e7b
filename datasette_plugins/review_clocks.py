"""Cameras whose clocks were wrong: put them right, part by part, or say that they were right."""

from datasette import hookimpl

from mediaparser_core.web import Call, Response, clock_review, pages
from mediaparser_core.web.review_asks import saved_before, whole_number

PAGE = "/-/review/clocks"
AT_ONCE = 5  # cameras on a page


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: {"GET": show, "POST": answer}})


async def show(call: Call) -> Response:
    after = whole_number(call.args.get("after")) or 0

    def look(catalog):
        found = clock_review.waiting(catalog, after, AT_ONCE + 1, call.fresh)
        for camera in found[:AT_ONCE]:
            clock_review.look_at(catalog, camera, call.fresh)
        return found

    cameras = await call.look(look)
    following = cameras[AT_ONCE - 1].question if len(cameras) > AT_ONCE else None
    return await call.page(
        "review_clocks.html", title="Clocks", here="review", cameras=cameras[:AT_ONCE], following=following, after=after
    )


async def answer(call: Call) -> Response:
    """``piece`` (any number of them) is moved, what else is offered is not; ``trust`` says that the rest was right."""
    form = await call.form()
    key, request_id = form["camera"], form["request_id"]
    if await saved_before(call, request_id):
        return call.answer(await call.decide("shift", (), request_id=request_id), back=PAGE)
    camera = await call.look(lambda catalog: clock_review.camera(catalog, key, call.fresh))
    value = clock_review.answer(camera, form["stamp"], form.all("piece"), bool(form.get("trust")))
    saved = await call.decide("shift", [key], value, request_id=request_id)
    return call.answer(saved, back=PAGE)
