"""What the review pages read out of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaparser_core.catalog.explored import Explored

if TYPE_CHECKING:
    from mediaparser_core.web.calls import Call

_LARGEST = 15  # digits: SQLite counts to 19, nobody's library does


def whole_number(text: str | None) -> int | None:
    """*text* as a number of ours, ``None`` for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _LARGEST else None


async def saved_before(call: Call, request_id: str) -> bool:
    """Whether this very request has been answered: then its page has changed, and it is no conflict."""
    return await call.look(lambda catalog: Explored(catalog).decision_number(request_id)) is not None
