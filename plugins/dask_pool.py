"""Probe files on a Dask cluster: ``--executor dask --scheduler tcp://host:8786``, after ``mediaparser[dask]``.

The workers must see the same storage and have the same versions of everything that could change a result.

Settings under ``[plugins.dask_pool]``: ``scheduler``, the same as the setting of that name; ``connect_seconds`` to wait
for the scheduler (10); ``patience_seconds`` to wait for a first worker, or for another one when all are gone (60);
``paths``, a table of folders: this machine's name for it, and the workers' name or a list of names. What runs in a
worker is limited by ``[plugins.local_pool]``, as here.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from mediaparser_core.errors import SettingsError, ToolError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.settings import Settings

if TYPE_CHECKING:  # pragma: no cover - only for annotations
    from mediaparser_plugins.dask_executor import DaskPool, Places


_PATHS = '\'plugins.dask_pool.paths\' must be a table of absolute folders, as in "/mnt/photos" = "/srv/photos"'


@hookimpl
def executor(settings: Settings) -> AbstractContextManager[Executor] | None:
    """A ``DaskPool`` when the setting ``executor`` is ``dask``."""
    return _cluster(settings) if settings.executor == "dask" else None


@contextmanager
def _cluster(settings: Settings) -> Iterator[Executor]:
    given = settings.for_plugin("dask_pool")
    address = settings.scheduler or given.get("scheduler")
    if not isinstance(address, str) or not address:
        raise SettingsError(
            "say where the Dask scheduler is: --scheduler tcp://HOST:8786, or 'scheduler' in the settings"
        )
    places, patience = _places(given.get("paths", {})), _seconds(given, "patience_seconds", 60)
    with _connected(address, _seconds(given, "connect_seconds", 10)) as client:
        from mediaparser_plugins.dask_executor import DaskPool

        _wait_for_workers(client, address, patience)
        _compare_versions(client)
        pool = DaskPool(client, settings, places=places, patience=patience)
        try:
            _compare_installations(pool, settings)
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        pool.shutdown()


def _seconds(given: Mapping[str, Any], key: str, default: float) -> float:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise SettingsError(f"'plugins.dask_pool.{key}' must be a number of seconds above 0, not {value!r}")
    return value


def _places(paths: Any) -> Places:
    """A function that gives what a path of this machine may be called on a worker, the likeliest first."""
    mounts: dict[bytes, tuple[bytes, ...]] = {}
    if not isinstance(paths, dict):
        raise SettingsError(_PATHS)
    for here, there in paths.items():
        names = [there] if isinstance(there, str) else there
        if (
            not isinstance(names, list)
            or not names
            or not all(isinstance(n, str) and n[:1] == "/" for n in [here, *names])
        ):
            raise SettingsError(_PATHS)
        found = tuple(os.fsencode(os.path.normpath(name)) for name in names)
        mounts[os.fsencode(os.path.normpath(here))] = mounts[os.fsencode(os.path.realpath(here))] = found
    longest_first = sorted(mounts, key=len, reverse=True)

    def places(path: bytes) -> tuple[bytes, ...]:
        for here in longest_first:
            if path == here or path.startswith(here.rstrip(b"/") + b"/"):
                rest = path[len(here.rstrip(b"/")) :]
                return tuple(there.rstrip(b"/") + rest or b"/" for there in mounts[here])
        return (path,)

    return places


@contextmanager
def _connected(address: str, seconds: float) -> Iterator[Any]:
    if importlib.util.find_spec("distributed") is None:
        raise ToolError(
            "Dask is not installed here; install it with: pip install '.[dask]' in the checkout (docs/deploy/cluster.md)"
        )
    import distributed

    for name in ("distributed", *(n for n in logging.root.manager.loggerDict if n.startswith("distributed."))):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it has to say is told by our errors
    try:
        client = distributed.Client(address, timeout=seconds, set_as_default=False, name="mediaparser")
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:  # an address may be wrong in many ways
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ToolError(f"no Dask scheduler answers at {address}: {words}") from None
    try:
        yield client
    finally:
        client.close(seconds)


def _wait_for_workers(client: Any, address: str, patience: float) -> None:
    end = time.monotonic() + patience
    while not client.nthreads():
        if time.monotonic() > end:
            raise ToolError(f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}")
        time.sleep(0.1)


def _compare_versions(client: Any) -> None:
    """What Dask itself can tell, before anything of ours is sent. Raises :class:`ToolError`."""
    told = client.get_versions(packages=["mediaparser"])
    ours = _of(told["client"])
    machines = {"the Dask scheduler": told["scheduler"]}
    machines |= {f"the worker {address}": versions for address, versions in told["workers"].items()}
    for who, versions in machines.items():
        for name, version in _of(versions).items():
            if version != ours[name]:
                raise ToolError(
                    f"{who} has {name} {version or '(none)'}, this machine {ours[name]}: install the same on all machines"
                )


def _of(versions: Mapping[str, Any]) -> dict[str, str]:
    packages = versions["packages"]
    return {
        "Python": ".".join(str(packages["python"]).split(".")[:2]),
        "MediaParser": packages.get("mediaparser") or "",
        "Dask": packages.get("distributed") or "",
    }


def _compare_installations(pool: DaskPool, settings: Settings) -> None:
    """Everything else that could make a difference, asked in the very processes that will work."""
    from mediaparser_plugins import dask_worker
    from mediaparser_plugins.local_worker import unpack

    answers = pool.on_each(dask_worker.introduce, pool.order)
    ours = dask_worker.installation(settings)  # while processes start over there
    for address, answer in answers().items():
        if isinstance(answer, BaseException):
            raise ToolError(f"the worker {address} cannot be used: {answer}")
        ((how, what),) = answer[2]
        done, theirs = unpack(what) if how == "done" else (False, what)
        if not done:
            raise ToolError(f"the worker {address} cannot be used: {theirs}")
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                raise ToolError(
                    f"the worker {address} has {name} {theirs.get(name) or '(none)'}, this machine "
                    f"{ours.get(name) or '(none)'}: results would differ; install the same on all machines"
                )
