"""Why a request is not done, each with its status and the sentence a person reads."""

from __future__ import annotations


class Refusal(Exception):
    """Ends a request calmly: a small page, or JSON for scripts."""

    status = 400
    title = "That did not work"

    def __init__(self, text: str, *, title: str | None = None, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.title = title or self.title
        self.status = status or self.status


class Unclear(Refusal):
    """The request makes no sense."""


class NotAllowed(Refusal):
    """The person may look, but not do this."""

    status = 403
    title = "You may look, but not change anything"


class Gone(Refusal):
    """What it is about is not there (any more)."""

    status = 404
    title = "This is not here"


class WrongMethod(Refusal):
    """A page was asked to do something it does not do."""

    status = 405
    title = "That is not how this page works"


class Stale(Refusal):
    """The page showed something that is no longer so."""

    status = 409
    title = "This has changed meanwhile"


class Busy(Refusal):
    """The database could not be written to in time."""

    status = 503
    title = "Not saved"
