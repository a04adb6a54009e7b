"""The only SQL statements: one module for each kind of table the library has.

:class:`Catalog` opens the library and hands out the rooms ``seen``, ``found``, ``derived``, ``decided`` and ``done``.
"""

from __future__ import annotations

from mediaparser_core.catalog.store import Catalog

__all__ = ["Catalog"]
