"""Doubtful dates as questions: one cause, one question, a few possible answers, a date in plain words."""

from datetime import date

from datasette import hookimpl

from mediaparser_core.catalog.review_pages import ReviewPages
from mediaparser_core.web import Call, Gone, Response, Stale, Unclear, date_questions, pages
from mediaparser_core.web.date_questions import SHOWN, order_of
from mediaparser_core.web.doubts import doubts_of
from mediaparser_core.web.review_asks import saved_before, whole_number

PAGE = "/-/review/dates"
NEXT = 6  # questions that the page names in advance


@hookimpl
def register_routes(datasette):
    return pages(datasette, {PAGE: {"GET": ask, "POST": answer}, rf"{PAGE}/understood\.json": understood})


async def ask(call: Call) -> Response:
    """The next question, or the one that is asked for by ``question``, ``of`` (a picture) or ``again`` (a decision)."""
    book = await doubts_of(call.explorer).book()
    question = await _wanted(call, book)
    left = book.left(call.fresh)
    if question is None:
        been_through = bool(call.args.get("after")) and left[0] > 0
        return await call.page("review_dates.html", title="Dates", here="review", question=None, left=left,
                               been_through=been_through)  # fmt: skip
    start = min(whole_number(call.args.get("from")) or 0, max(0, len(question.members) - 1))
    shown = question.members[start : start + SHOWN]
    settings, option = call.explorer.settings, call.args.get("option")

    def look(catalog):
        rows = ReviewPages(catalog).rows(shown)
        found = date_questions.answers(catalog, question, shown, settings, call.fresh)
        counted = date_questions.moments(catalog, question.members, option, settings, call.fresh) if option else None
        return rows, found, counted

    rows, options, counted = await call.look(look)
    if not rows:
        raise Gone("Its pictures are not in the library any more.", title="This question is settled")
    chosen = next((each for each in options if each.key == option), None)
    cause = book.cause(question.key)
    return await call.page(
        "review_dates.html", title="Dates", here="review", question=question, rows=call.fresh.rows(rows),
        options=options,
        left=left, position=None if cause is None else book.before(cause, call.fresh) + 1,
        following=date_questions.coming(book, question, call.fresh, NEXT),
        start=start, counted=counted if chosen else None, chosen=chosen,
        next_page=f"{PAGE}?after={question.cursor}", recommended=options[0].key if options and question.dated else None,
    )  # fmt: skip


async def _wanted(call, book):
    fresh = call.fresh
    if number := whole_number(call.args.get("again")):
        return await call.look(lambda catalog: _again(catalog, number, fresh, call.args.get("after") or ""))
    cause = None
    if key := call.args.get("question"):
        cause = book.cause(key)
    elif sha := call.args.get("of"):
        cause = book.cause_of(sha)
    else:
        cause = next(iter(book.following(order_of(call.args.get("after")), fresh)), None)
        if cause is None:
            return None
    question = None if cause is None else date_questions.of_cause(cause, fresh, call.args.get("folder") or "")
    if question is None or not question.members:
        raise Gone("It has been answered meanwhile, or what is known about the pictures has changed.",
                   title="This question is settled")  # fmt: skip
    return question


def _again(catalog, number, fresh, cursor):
    decision = catalog.decided.numbered(number)
    if decision is None or decision.verb not in ("set-date", "accept"):
        raise Gone(f"There is no answer number {number} about dates.")
    return date_questions.of_decision(catalog, number, decision, fresh, cursor)


async def answer(call: Call) -> Response:
    """Record the answer to the question with this key (or ``again``, the number of a decision about dates)."""
    form = await call.form()
    request_id, key, settings = form["request_id"], form["question"], call.explorer.settings
    after = form.get("after", "")
    back = f"{PAGE}?after={after}" if order_of(after) else PAGE
    if await saved_before(call, request_id):
        return call.answer(await call.decide("accept", (), request_id=request_id), back=back)
    if key.startswith("again-"):
        number = whole_number(key.removeprefix("again-"))
        if not number:
            raise Unclear("There is no such question.")
        question = await call.look(lambda catalog: _again(catalog, number, call.fresh, after))
    else:
        cause = (await doubts_of(call.explorer).book()).cause(key)
        question = None if cause is None else date_questions.of_cause(cause, call.fresh, form.get("folder", ""))
    if question is None or not question.members:
        raise Stale(date_questions.STALE)
    only = form.all("only")
    meant = await call.look(lambda catalog: date_questions.answer(catalog, question, form, only, settings, call.fresh))
    saved = await call.decide(meant.verb, meant.subject, meant.value, request_id=request_id, stamp=meant.stamp)
    if question.rest or len(meant.subject) < len(question.members):
        back = f"{PAGE}?question={question.key}"
    return call.answer(saved, back=back)


async def understood(call: Call) -> Response:
    """How the words in ``text`` are understood, while somebody types them."""
    return call.json(date_questions.understood((call.args.get("text") or "")[:200], date.today()))
