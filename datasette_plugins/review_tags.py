"""Add and remove tags of many pictures at once, with completion."""

from datasette import hookimpl

from mediaparser_core.catalog.review_lists import ReviewLists
from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.web import Call, Response, cursor, pages, read_cursor, tagging
from mediaparser_core.web.review_asks import saved_before

PAGE = "/-/review/tags"
AT_ONCE = 96  # thumbnails on a page
WORDS = 12  # completions
IN_USE = 40  # tags shown of a choice
COUNTED = 5000  # pictures whose tags are counted


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: {"GET": show, "POST": tag}, rf"{PAGE}/words\.json": words})


async def show(call: Call) -> Response:
    """The pictures that are chosen by ``words``, ``folder``, ``month``, ``tag`` or one by one (``of``)."""
    given = {name: call.args.get(name) or "" for name in ("words", "folder", "month", "tag")}
    choice = tagging.choice_of(given, call.args.getlist("of"))
    after = read_cursor(call.args.get("after"), 2)
    after = after if after and all(isinstance(each, str) for each in after) else None

    def look(catalog):
        lists = ReviewLists(catalog)
        if choice.is_empty:
            found, count, used = lists.chosen(choice, after, AT_ONCE + 1), None, lists.tags_like("", IN_USE)
        else:
            every = lists.chosen(choice, None, tagging.MOST + 1)
            count = len(every)
            found = [each for each in every if after is None or each < after][: AT_ONCE + 1]
            used = lists.tags_of([sha for _, sha in every], IN_USE) if count <= COUNTED else []
        assets = [sha for _, sha in found[:AT_ONCE]]
        rows = tagging.with_tags(ReviewPages(catalog).rows(assets), lists.tags_by_asset(assets), call.fresh)
        return found, rows, count, used

    found, rows, count, used = await call.look(look)
    query = tagging.address_of(choice)
    following = f"?{query}{'&' if query else ''}after={cursor(*found[AT_ONCE - 1])}" if len(found) > AT_ONCE else None
    return await call.page(
        "review_tags.html", title="Tags", here="review", choice=choice, given=given, rows=rows, count=count, used=used,
        following=following, means=query, first=f"?{query}" if after else None, most=tagging.MOST,
        here_again=f"{PAGE}?{query}" if query else PAGE,
    )  # fmt: skip


async def tag(call: Call) -> Response:
    """Add or remove (``verb``) the tag ``value``: of each ``subject``, or of ``all`` that the other fields choose."""
    form = await call.form()
    request_id, back = form["request_id"], form.get("back", PAGE)
    if await saved_before(call, request_id):
        return call.answer(await call.decide("tag", (), request_id=request_id), back=back)
    meant = await call.look(lambda catalog: tagging.tagging(catalog, form, form.all("subject"), call.fresh))
    saved = await call.decide(meant.verb, meant.subject, meant.tag, request_id=request_id)
    return call.answer(saved, back=back)


async def words(call: Call) -> Response:
    """Tags that begin with ``text``, with how many pictures have them."""
    text = (call.args.get("text") or "")[:200].strip()
    found = await call.look(lambda catalog: tagging.known_tags(catalog, text, WORDS, call.fresh))
    return call.json({"tags": [{"tag": each, "pictures": pictures} for each, pictures in found]})
