"""Look-alikes and bursts side by side: which picture stays, which go, or are they different after all."""

from urllib.parse import quote

from datasette import hookimpl

from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.web import Call, Gone, Response, Stale, Unclear, differences, group_review, pages
from mediaparser_core.web.review_asks import saved_before

PAGE = "/-/review/groups"
BROWSERS_SHOW = ("jpeg", "png", "webp", "gif")  # whose originals may be looked at closely


@hookimpl
def register_routes(datasette):
    return pages(
        datasette,
        {PAGE: {"GET": show, "POST": decide}, rf"{PAGE}/rule": {"GET": preview, "POST": carry_out}},
    )


async def show(call: Call) -> Response:
    """The next group, the one before (``before``), or the one that has a certain picture (``of``)."""
    kind = call.args.get("kind") or ("" if call.args.get("of") else "similar")
    fresh = call.fresh

    def look(catalog):
        if kind:
            group_review.known(catalog, kind)
        if sha := call.args.get("of"):
            found = group_review.with_picture(catalog, sha, kind or None)
        elif call.args.get("before"):
            found = group_review.next_open(
                catalog, kind, group_review.beyond(call.args["before"]), fresh, backwards=True
            )
        else:
            found = group_review.next_open(catalog, kind, group_review.beyond(call.args.get("after")), fresh)
        left = group_review.waiting(catalog, fresh)
        if found is None:
            return None, left, [], None
        look = ReviewPages(catalog)
        rows = fresh.rows(look.rows(found["members"]))
        if not rows:
            raise Gone("Its pictures are not in the library any more.", title="This group is not there any more")
        return found, left, rows, differences.compare(rows, look.words_about(found["members"]), found["keeper"])

    group, left, rows, compared = await call.look(look)
    kind = group["kind"] if group else kind
    common = {"title": group_review.KINDS[kind][1].capitalize(), "here": "review", "kind": kind, "left": left,
              "names": group_review.KINDS}  # fmt: skip
    if group is None:
        been_through = bool(call.args.get("after") or call.args.get("before")) and left.get(kind, 0) > 0
        return await call.page("review_groups.html", group=None, been_through=been_through, **common)
    here, named = group_review.cursor_of(group), quote(kind)
    return await call.page(
        "review_groups.html", group=group, rows=rows, compared=compared,
        stamp=group_review.stamp(fresh, group["members"]),
        settled=fresh.settled(group["members"]), next_page=f"{PAGE}?kind={named}&after={here}", zoomable=BROWSERS_SHOW,
        previous_page=f"{PAGE}?kind={named}&before={here}", pixels=differences.size_in_words,
        camera=differences.camera_in_words, **common,
    )  # fmt: skip


async def decide(call: Call) -> Response:
    """``do``: ``only:SHA`` keeps one, ``all`` every one, ``out:SHA`` and ``in:SHA`` one; ``different`` parts them."""
    form = await call.form()
    members, request_id, stamp = form.all("subject"), form["request_id"], form.get("stamp")
    doing, _, sha = form["do"].partition(":")
    onward, stay = form.get("next", PAGE), form.get("here", PAGE)
    if doing in ("out", "in"):
        if sha not in members:
            raise Unclear("That picture is not one of the group.")
        if not await saved_before(call, request_id) and stamp != group_review.stamp(call.fresh, members):
            raise Stale("Somebody has decided about this group meanwhile. Load it again to see how it is now.")
        verb = "discard" if doing == "out" else "keep"
        return call.answer(await call.decide(verb, [sha], request_id=request_id), back=stay)
    if doing == "only":
        saved = await call.decide("accept", members, request_id=request_id, stamp=stamp, keep=sha)
    elif doing == "different":
        saved = await call.decide("different", members, request_id=request_id, stamp=stamp)
    elif doing == "all":
        if not await saved_before(call, request_id) and stamp != group_review.stamp(call.fresh, members):
            raise Stale("Somebody has decided about this group meanwhile. Load it again to see how it is now.")
        there = [each for each in members if call.fresh.state.kept.get(each, True)]
        saved = await call.decide("keep", there, request_id=request_id)
    else:
        raise Unclear("A button of this page says what to do with the group.")
    return call.answer(saved, back=onward)


async def preview(call: Call) -> Response:
    """What the rule "keep the suggested one" would do, counted before anything is done."""
    kind, confidence = (
        call.args.get("kind") or "similar",
        group_review.confidence_of(call.args.get("confidence", "0.95")),
    )

    def look(catalog):
        found = group_review.rule(catalog, group_review.known(catalog, kind), confidence, call.fresh)
        return found, ReviewPages(catalog).rows(found.discard[:12])

    rule, rows = await call.look(look)
    if call.wants_json:
        return call.json({"kind": kind, "confidence": confidence, "groups": len(rule.groups), "pictures": len(rule.discard),
                          "bytes": rule.size, "stamp": rule.stamp})  # fmt: skip
    return await call.page("review_rule.html", title="A rule for many groups", here="review", rule=rule,
                           rows=call.fresh.rows(rows), names=group_review.KINDS, kinds=group_review.ruled())  # fmt: skip


async def carry_out(call: Call) -> Response:
    """One decision for all groups the preview has counted; not one more, not one less."""
    form = await call.form()
    kind, confidence, request_id = form["kind"], group_review.confidence_of(form["confidence"]), form["request_id"]
    back = f"{PAGE}?kind={quote(kind)}"
    if await saved_before(call, request_id):
        return call.answer(await call.decide("discard", (), request_id=request_id), back=back)
    rule = await call.look(lambda catalog: group_review.rule(catalog, kind, confidence, call.fresh))
    if rule.stamp != form["stamp"]:
        raise Stale("The number of groups has changed since the page was loaded. Look at the new count first.")
    if not rule.discard:
        raise Unclear("No group is that sure: there is nothing to do.")
    stamp = group_review.stamp(call.fresh, rule.discard)
    saved = await call.decide("discard", rule.discard, request_id=request_id, stamp=stamp)
    return call.answer(saved, back=back)
