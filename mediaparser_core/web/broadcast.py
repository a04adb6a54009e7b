"""Server-sent events: one poller looks now and then, and every open page hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from mediaparser_core.web.answers import KEEP, Send, refuse
from mediaparser_core.web.refusals import Refusal

Receive = Callable[[], Awaitable[dict[str, Any]]]
Produce = Callable[[], Awaitable[str]]

MOST = 100  # open pages
ALIVE = 15.0  # seconds after which a comment keeps the line open
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # nginx would keep the events to itself
    (KEEP, b"no-store"),
]


class Broadcast:
    """*produce* makes a text every *every* seconds, as long as anybody listens; what is new goes to all of them.

    Everything ends when *closing* is set, so that an open page holds up no shutdown.
    """

    def __init__(self, produce: Produce, closing: asyncio.Event, *, every: float = 0.5) -> None:
        self._produce, self._closing, self._every = produce, closing, every
        self._ears: set[asyncio.Queue[str]] = set()
        self._poller: asyncio.Task[None] | None = None
        self._latest: str | None = None

    async def stream(self, event: str, receive: Receive, send: Send) -> None:
        """Answer a request with everything that is new from now on, until the page is closed."""
        if len(self._ears) >= MOST:
            await refuse(send, 503, "Too many pages are open.")
            return
        ear: asyncio.Queue[str] = asyncio.Queue(1)
        self._ears.add(ear)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        elif self._latest is not None:
            ear.put_nowait(self._latest)
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            # the poller ends when the server does, or when it failed: then the page asks again in a moment
            await self._tell(event, ear, (gone, self._poller), send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._ears.discard(ear)
            gone.cancel()
            if not self._ears and self._poller is not None:
                self._poller.cancel()
                self._poller = self._latest = None

    async def _tell(
        self, event: str, ear: asyncio.Queue[str], ends: tuple[asyncio.Future[None], ...], send: Send
    ) -> None:
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        while True:
            news = asyncio.ensure_future(ear.get())
            awaited: set[asyncio.Future[Any]] = {news, *ends}
            await asyncio.wait(awaited, timeout=ALIVE, return_when=asyncio.FIRST_COMPLETED)
            if not news.done():
                news.cancel()
            if any(end.done() for end in ends):
                return
            text = f"event: {event}\ndata: {news.result()}\n\n" if news.done() and not news.cancelled() else ":\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _poll(self) -> None:
        """One line of text at a time; a page that is slow gets the newest one only."""
        while not self._closing.is_set():
            with suppress(Refusal):  # the library is being restored: the next look will tell
                text = await self._produce()
                if text != self._latest:
                    self._latest = text
                    for ear in self._ears:
                        if ear.full():
                            ear.get_nowait()
                        ear.put_nowait(text)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._every)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def one_of(holder: Any, name: str, make: Callable[[], Any]) -> Any:
    """What *holder* keeps under *name*, made when it is first asked for: one broadcast for a whole server."""
    kept: Mapping[str, Any] = vars(holder)
    if name not in kept:
        setattr(holder, name, make())
    return kept[name]
