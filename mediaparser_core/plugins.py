"""Find, check and hand out the plugin manager."""

from __future__ import annotations

import importlib.metadata
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import Any

import pluggy

from mediaparser_core import hookspecs
from mediaparser_core.errors import PluginError, SettingsError
from mediaparser_core.records import Probe
from mediaparser_core.settings import Settings

GROUP = "mediaparser"


def load(*extra: object) -> pluggy.PluginManager:
    """A manager with every plugin of the entry point group ``mediaparser``, bundled ones included, then *extra* ones.

    Raises :class:`PluginError` when a plugin cannot be imported or implements a hook that does not exist.
    """
    manager = pluggy.PluginManager("mediaparser")
    manager.add_hookspecs(hookspecs)
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=_bundled_first):
        if manager.has_plugin(point.name):
            continue  # an editable install over an older one lists a point twice
        try:
            plugin = point.load()
            manager.register(plugin, name=point.name)
        except Exception as error:  # a stranger's module may raise anything at import
            raise PluginError(f"plugin '{point.name}' ({point.value}) cannot be loaded: {error}") from error
    try:
        for plugin in extra:
            manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        said = " ".join(str(error).split())  # pluggy says an argument that is misspelt in three lines
        raise PluginError(f"{said}; see docs/hooks.md for the hooks and arguments there are") from error
    return manager


def _bundled_first(point: importlib.metadata.EntryPoint) -> tuple[bool, str]:
    # pluggy asks the last one registered first, so that anybody's plugin is asked before ours
    return (not point.value.startswith("mediaparser_plugins."), point.name)


def check_tables(manager: pluggy.PluginManager, settings: Settings) -> None:
    """Raises :class:`SettingsError` for a table of settings that nearly has the name of a plugin; others may be anybody's."""
    names = {name for name, _ in manager.list_name_plugin()} | {"load"}
    for table in settings.plugins.keys() - names:
        import difflib  # hardly ever

        if meant := difflib.get_close_matches(table, names, 1, cutoff=0.85):
            raise SettingsError(f"there is no plugin '{table}' for [plugins.{table}]; is it '{meant[0]}'?")


def probes(manager: pluggy.PluginManager, settings: Settings) -> tuple[Probe, ...]:
    """Every probe of every plugin, by name. Raises :class:`PluginError` when two share a name."""
    found: dict[str, Probe] = {}
    for batch in manager.hook.register_probes(settings=settings):
        for probe in batch or ():
            if not isinstance(probe, Probe):
                raise PluginError(f"register_probes must give Probe records, not {probe!r}")
            if probe.name in found:
                raise PluginError(f"two plugins register a probe called '{probe.name}'")
            found[probe.name] = probe
    return tuple(found[name] for name in sorted(found))


def executor(manager: pluggy.PluginManager, settings: Settings) -> AbstractContextManager[Executor]:
    """Where files are read, as *settings* say. Raises :class:`SettingsError` when no plugin offers that."""
    offered = manager.hook.executor(settings=settings)
    if offered is None:
        raise SettingsError(f"no plugin offers the executor '{settings.executor}'; there are 'local' and 'dask'")
    return offered  # type: ignore[no-any-return]  # pluggy has no types for answers


def describe(manager: pluggy.PluginManager) -> list[dict[str, Any]]:
    """One row per plugin: name, version of its distribution, module, and the hooks it implements."""
    versions = {id(plugin): dist for plugin, dist in manager.list_plugin_distinfo()}
    points = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    rows = []
    read: dict[int, tuple[Any, Any]] = {}  # whoever asks a distribution has its metadata parsed, each time
    for name, plugin in manager.list_name_plugin():
        if plugin is None:
            continue
        point = points.get(name)
        dist = point.dist if point else versions.get(id(plugin))
        if id(dist) not in read:
            read[id(dist)] = getattr(dist, "version", None), getattr(dist, "name", None)
        version, distribution = read[id(dist)]
        hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or ())
        rows.append(
            {
                "name": name,
                "version": version,
                "distribution": distribution,
                "module": getattr(plugin, "__name__", type(plugin).__name__),
                "hooks": hooks,
                "about": ((getattr(plugin, "__doc__", "") or "").strip().splitlines() or [""])[0],
            }
        )
    return sorted(rows, key=lambda row: row["name"])
