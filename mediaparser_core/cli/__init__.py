"""The command line: words in, words out, no logic."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path
from traceback import walk_tb

import click
import pluggy

from mediaparser_core import __version__
from mediaparser_core.cli import about, decide, jobs, look, main_job, publish, rules
from mediaparser_core.cli.session import Session, escape
from mediaparser_core.errors import MediaParserError

HELP = """Turn a chaos of photos and videos into one clean, dated, explained archive.

Originals are only ever read. Everything the program makes lives in the library folder.

\b
Examples:
  mediaparser run ~/Pictures /mnt/old-disk     scan, date, pair, group, export
  mediaparser explain ~/Pictures/IMG_0001.JPG  why this date?
  mediaparser review                           what waits for you
"""

_REFUSED = {  # what the machine says before anybody could turn it into words
    errno.EMFILE: "too many files are open; raise the limit ('ulimit -n') and run the same command again",
    errno.ENFILE: "this machine has too many files open; end other programs and run the same command again",
    errno.ENOMEM: "there is not enough memory; end other programs and run the same command again",
}


def build(manager: pluggy.PluginManager) -> click.Group:
    """The command ``mediaparser`` with the commands of every plugin."""

    @click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
    @click.option(
        "--library",
        type=click.Path(path_type=Path),
        envvar="MEDIAPARSER_LIBRARY",
        default=Path("~/MediaLibrary"),
        show_default=True,
        show_envvar=True,
        help="The folder that holds the catalog, the decisions and the export.",
    )
    @click.option("--quiet", "-q", is_flag=True, help="Print results and errors only.")
    @click.option("--verbose", "-v", is_flag=True, help="Say more while working.")
    @click.version_option(__version__, prog_name="mediaparser")
    @click.pass_context
    def cli(context: click.Context, library: Path, quiet: bool, verbose: bool) -> None:
        context.obj = Session(library, quiet=quiet, verbose=verbose)

    for module in (main_job, look, decide, rules, publish, jobs, about):
        for command in module.COMMANDS:
            cli.add_command(command)
    manager.hook.register_commands(cli=cli)
    return cli


def main() -> None:
    """The program: exit 0 done, 1 failed, 2 wrong usage, 3 done with troubles, 130 or 143 interrupted."""
    try:
        from mediaparser_core import plugins

        cli = build(plugins.load())
        code = cli.main(prog_name="mediaparser", standalone_mode=False)
    except MediaParserError as error:
        _fail(str(error))
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except sqlite3.IntegrityError as error:  # not the disk's fault: somebody stated what cannot be
        code = _mistake(error)
    except sqlite3.Error as error:  # the catalog broke under a command that only looks
        _fail(f"the catalog cannot be read: {error}")
        code = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # 'mediaparser report | head' is no error
        code = 0
    except Exception as error:
        code = _mistake(error)
    sys.exit(code if isinstance(code, int) else 0)


def _mistake(error: Exception) -> int:
    """The program or somebody's plugin is wrong: one line, and the whole story on request. To be called while handling."""
    if "-v" in sys.argv or "--verbose" in sys.argv:
        raise error
    hook = _hook_of(error)
    whose = f"in {hook}" if hook else "in the program or in a plugin"
    mistake = f"{type(error).__name__}: {error} — this is a mistake {whose}; 'mediaparser -v …' tells more"
    _fail(_REFUSED.get(error.errno or 0, mistake) if isinstance(error, OSError) else mistake)
    return 1


def _hook_of(error: Exception) -> str | None:
    """The hook of a plugin in which *error* was raised, such as ``my_plugin.resolve_date``."""
    hook, caller = None, ""
    for frame, _ in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__"))
        if caller.startswith("pluggy.") and not module.startswith("pluggy."):
            hook = f"{module}.{frame.f_code.co_name}"
        caller = module
    return hook


def _fail(message: str) -> None:
    click.echo(click.style("Error: ", fg="red", bold=True) + escape(message), err=True)
