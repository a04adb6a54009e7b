"""What a person sees when an address leads nowhere or something failed: a calm page in our look, never a traceback."""

import logging

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.utils import error_body
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError

from mediaparser_core.web import Refusal, explorer_of
from mediaparser_core.web.calls import calm, wants_json

log = logging.getLogger("mediaparser.explorer")


@hookimpl(wrapper=True)
def handle_exception(datasette, request, exception):
    """In place of Datasette's own answer, which comes last, and which needs a traceback where 'rich' is installed."""
    answers = yield
    return answers if explorer_of(datasette) is None else [*answers[:-1], _answer(datasette, request, exception)]


def _answer(datasette, request, exception):
    async def answer():
        refusal = _refusal(request, exception)
        if wants_json(request):
            return Response.json(error_body(refusal.text, refusal.status), status=refusal.status)
        if request.path.endswith(".csv"):
            return Response.text(refusal.text, status=refusal.status)
        return await calm(request, datasette, refusal)

    return answer


def _refusal(request, exception):
    if isinstance(exception, DatasetteError):  # a question in SQL that failed: its words say why
        text = str(exception.plain_message or exception.message)
        return Refusal(text, title=exception.title, status=exception.status)
    if isinstance(exception, QueryInterrupted):
        text = "Ask for less at once: with another filter, another order, or in the pictures by month."
        return Refusal(text, title="This question takes too long", status=400)
    if isinstance(exception, Base400):
        if exception.status == 404:
            return Refusal("There is nothing at this address (any more).", title="This is not here", status=404)
        return Refusal(" ".join(map(str, exception.args)) or "That address makes no sense.", status=exception.status)
    log.error("%s %s failed", request.method, request.path, exc_info=exception)
    return Refusal(
        "It is written down in the program's log. Load the page again, or go on somewhere else.",
        title="Something went wrong", status=500,
    )  # fmt: skip
