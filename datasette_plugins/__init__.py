"""The explorer's pages, one a file; installed as ``mediaparser_datasette``."""
