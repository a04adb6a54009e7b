"""The bundled plugins, one idea a file; installed as ``mediaparser_plugins``."""
