"""Signals end the program wherever they find it."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from mediaparser_core.stopping import set_by_signals


def ended(body: str) -> str:
    """What the program printed; it has to end by itself."""
    lines = "import os, signal, sys, threading\nfrom mediaparser_core.stopping import set_by_signals\n"
    done = subprocess.run([sys.executable, "-c", lines + textwrap.dedent(body)],
                          capture_output=True, text=True, timeout=30)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_at_any_instruction_of_the_wait_ends_it(number):
    """A handler that sets the event itself waits for ever at eleven of them."""
    instructions = ended(f"""
        seen, before_it_sleeps = 0, 0

        def wait(signal_at):
            global seen
            seen = 0

            def trace(frame, what, argument):
                global seen
                frame.f_trace_opcodes = True
                seen += 1
                if seen == signal_at:
                    os.kill(os.getpid(), signal.{number})
                return trace

            def end():
                global before_it_sleeps
                before_it_sleeps = seen
                stop.set()

            with set_by_signals(threading.Event()) as stop:
                if signal_at is None:
                    threading.Timer(0.3, end).start()
                sys.settrace(trace)
                stop.wait()
                sys.settrace(None)

        wait(None)
        for instruction in range(1, before_it_sleeps + 1):
            wait(instruction)
        print(before_it_sleeps)
    """)
    assert int(instructions) > 30


def test_a_signal_that_another_thread_gets_ends_it_too():
    assert (
        ended("""
        import time
        busy = threading.Thread(target=time.sleep, args=(3,), daemon=True)
        busy.start()
        with set_by_signals(threading.Event()) as stop:
            threading.Timer(0.1, signal.pthread_kill, [busy.ident, signal.SIGTERM]).start()
            print(stop.wait(2))
    """)
        == "True"
    )


def test_afterwards_signals_do_what_they_did_before():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with set_by_signals(threading.Event()) as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.wait(2)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert "signals" not in [thread.name for thread in threading.enumerate()]
    assert signal.set_wakeup_fd(-1) == -1
