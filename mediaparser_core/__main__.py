"""``python -m mediaparser_core`` is the command ``mediaparser``."""

from mediaparser_core.cli import main

if __name__ == "__main__":
    main()
