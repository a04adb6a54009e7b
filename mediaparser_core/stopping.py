"""End when Ctrl-C or SIGTERM says so, wherever the signal finds the program."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def set_by_signals(stop: threading.Event) -> Iterator[threading.Event]:
    """*stop*, which Ctrl-C and SIGTERM set while the block runs. To be called by the main thread.

    A handler that sets the event itself is not enough. It waits for ever when it interrupts the thread that just begins to
    wait for that event, for that thread holds the event's lock; and a signal that comes right before that thread falls
    asleep, or that the system gives to another thread, wakes nobody to run the handler. So the interpreter writes a byte
    (``signal.set_wakeup_fd``), and a thread of its own reads it.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)  # as set_wakeup_fd wants it
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in _NUMBERS}
    listener = threading.Thread(target=_listen, args=(reader, stop), name="signals", daemon=True)
    listener.start()
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        writer.shutdown(socket.SHUT_RDWR)  # a forked process may hold it open, too
        writer.close()
        listener.join()


def _listen(reader: socket.socket, stop: threading.Event) -> None:
    with reader:
        while reader.recv(64):  # nothing is left to read once the block has ended
            stop.set()
