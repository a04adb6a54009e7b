"""Everything that can end a command, each with the sentence a person reads.

::

    MediaParserError            exit 1
    ├── SettingsError           a setting cannot be understood
    ├── AccountError            the users' file cannot be used, or a user in it makes no sense
    ├── InputError              an input folder or file is missing or empty
    ├── PluginError             a plugin cannot be loaded or breaks its contract
    ├── CatalogError            the catalog cannot be used
    │   ├── CatalogTooNew       … it was written by a newer version
    │   └── LibraryBusy         … another command is writing to it
    ├── DecisionError           a decision that makes no sense
    ├── StorageError            the disk refuses: full, read-only, broken
    ├── ExportError             an export cannot be made
    │   └── SourceChanged       … its original is no longer what was catalogued
    ├── ToolError               ExifTool is missing, died or took too long
    └── Interrupted             stopped by Ctrl-C or a signal (exit 130 or 143)

One bad photo is none of these: it is a :class:`~mediaparser_core.records.Trouble`, a row in the catalog.
"""

from __future__ import annotations


class MediaParserError(Exception):
    """Ends the command with one line and this exit code."""

    exit_code = 1


class SettingsError(MediaParserError):
    """A setting cannot be understood."""


class AccountError(MediaParserError):
    """The users' file cannot be used, or a user in it makes no sense."""


class InputError(MediaParserError):
    """An input folder or file is missing, empty or unreadable."""


class PluginError(MediaParserError):
    """A plugin cannot be loaded, or it breaks the contract of a hook."""


class CatalogError(MediaParserError):
    """The catalog or the decisions cannot be opened, read or written."""


class CatalogTooNew(CatalogError):
    """The library was written by a newer version of the program."""


class LibraryBusy(CatalogError):
    """Another command is writing to this library."""


class DecisionError(MediaParserError):
    """A decision that cannot be understood or that names nothing we know."""


class StorageError(MediaParserError):
    """The disk refuses to take more: full, read-only, over quota, broken or gone."""


class ExportError(MediaParserError):
    """An export cannot be made; the message says of what and why."""


class SourceChanged(ExportError):
    """An original is no longer the file that was catalogued."""


class ToolError(MediaParserError):
    """An outside program is missing, died, or took too long."""


class Interrupted(MediaParserError):
    """Somebody asked us to stop; what was finished is recorded and the same command continues."""

    exit_code = 130
