"""MediaParser: one clean, dated, explained archive out of a household's photos and videos."""

__version__ = "0.1.0"
