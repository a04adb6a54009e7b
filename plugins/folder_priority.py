"""Keep what lies in a master folder: ``[plugins.folder_priority] master = ["/photos/sorted"]`` in the settings.

The folders come in order, the most important first. Among several pictures of one master folder quality decides, and the
others are left out of the group: nobody is asked to discard anything there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mediaparser_core.errors import SettingsError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Look
from mediaparser_core.settings import Settings
from mediaparser_plugins import best_quality


@hookimpl(tryfirst=True)
def choose_keeper(members: Sequence[Look], settings: Settings) -> tuple[str, str] | None:
    for folder in master_folders(settings):
        inside = [look for look in members if any(f"{path}/".startswith(folder) for path in look.paths)]
        if inside:
            where = f"in the master folder {folder.rstrip('/') or '/'}"
            if len(inside) == 1:
                return inside[0].sha256, where
            sha256, why = best_quality.choose_keeper(inside)
            return sha256, f"{where}; {why}"
    return None


@hookimpl
def protect(members: Sequence[Look], settings: Settings) -> Iterable[str]:
    """What lies in a master folder is never proposed for discarding, not even beside another one there."""
    folders = tuple(master_folders(settings))
    return (
        [look.sha256 for look in members if any(f"{path}/".startswith(folders) for path in look.paths)]
        if folders
        else []
    )


def master_folders(settings: Settings) -> list[str]:
    """The folders of the setting, each with one slash at its end. Raises :class:`SettingsError` for anything else."""
    master = settings.for_plugin("folder_priority").get("master", [])
    folders = [master] if isinstance(master, str) else master
    if not isinstance(folders, list) or not all(
        isinstance(folder, str) and folder.startswith("/") for folder in folders
    ):
        raise SettingsError(f"'plugins.folder_priority.master' must be a list of absolute folders, not {master!r}")
    return [folder.rstrip("/") + "/" for folder in folders]
