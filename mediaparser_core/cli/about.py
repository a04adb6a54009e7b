"""``settings``, ``plugins``, ``doctor``, ``completion``: about the program itself."""

from __future__ import annotations

import json

import click

from mediaparser_core.cli.session import Session, as_json


@click.command(help="The effective settings and where each comes from: default, file, environment or option.")
@as_json
@click.pass_obj
def settings(session: Session, as_json: bool) -> None:
    from mediaparser_core.settings import as_rows

    rows = [{"key": "library", "value": str(session.settings.library), "origin": ""}, *as_rows(session.settings)]
    if as_json:
        session.print_json(rows)
    else:
        session.table([row | {"value": _as_written(row["value"])} for row in rows], ("key", "value", "origin"))


def _as_written(value: object) -> object:
    """*value* as it would stand in the settings file, but for the quotes around words."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


@click.command(help="The loaded plugins, their versions, and the hooks each one answers.")
@as_json
@click.pass_obj
def plugins(session: Session, as_json: bool) -> None:
    from mediaparser_core import plugins as loading

    rows = loading.describe(session.manager)
    if as_json:
        session.print_json(rows)
    else:
        session.table(
            [row | {"hooks": ", ".join(row["hooks"])} for row in rows],
            ("name", "version", "distribution", "hooks", "about"),
        )


@click.command(
    help="What is missing or too old on this machine, and how to install it. Exit 1 when something needed is."
)
@as_json
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    from mediaparser_core.pipeline import checkup

    session: Session = context.obj
    rows = checkup.checkup(session.settings)
    if as_json:
        session.print_json(rows)
    else:
        session.table(rows, ("name", "state", "found", "advice"))
    context.exit(1 if any(row["state"] == "bad" for row in rows) else 0)


@click.command(
    help="""Print the script that completes commands in your shell.

\b
  eval "$(mediaparser completion bash)"      add this line to ~/.bashrc
  eval "$(mediaparser completion zsh)"       … or to ~/.zshrc
  mediaparser completion fish > ~/.config/fish/completions/mediaparser.fish
"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # click brings these three  # noqa: S101
    click.echo(kind(context.find_root().command, {}, "mediaparser", "_MEDIAPARSER_COMPLETE").source())


COMMANDS = (settings, plugins, doctor, completion)
