"""``python -m mediaparser_core`` is the command ``mediaparser``."""

import sys


def main() -> None:
    """What the command starts with: Ctrl-C during the imports ends it like Ctrl-C at any other time."""
    try:
        from mediaparser_core.cli import main as program

        program()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
