"""Further files in the export that plugins want: an index, a playlist, a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediaparser_core.errors import ExportError, StorageError
from mediaparser_core.export import Failure
from mediaparser_core.export.destination import Destination
from mediaparser_core.settings import Settings


def publish_extras(
    wanted: Mapping[str, bytes], known: Mapping[str, str], settings: Settings
) -> Iterator[tuple[str, str | None] | Failure]:
    """Make the further files of ``export_extras`` agree with *wanted* (target → bytes).

    *known* has the hash of each that we published earlier; those no longer wanted are withdrawn. Gives ``(target,
    hash)`` for each that was published, ``(target, None)`` for each that was withdrawn, and failures; what is the same
    already is not mentioned. Raises :class:`StorageError`.
    """
    with Destination(settings.export_path) as destination:
        for number, target in enumerate(sorted({*wanted, *known})):
            before, data = known.get(target), wanted.get(target)
            try:
                if data is None:
                    destination.withdraw(target, before or "")
                    yield target, None
                    continue
                staged = destination.add(f"extra-{number}", data)
                if before == staged.sha256 == destination.hash_at(target):
                    destination.discard(staged)
                    continue
                destination.publish(staged, target, sha256=staged.sha256, instead_of=before)
                yield target, staged.sha256
            except StorageError:
                raise
            except ExportError as error:
                yield Failure("", target, str(error))
