"""``user``: who may look, decide, and drop files into the inbox."""

from __future__ import annotations

import sys
from typing import Any

import click

from mediaparser_core.hookspecs import hookimpl

ROLES = ("look", "decide", "drop")


@hookimpl
def register_commands(cli: click.Group) -> None:
    cli.add_command(user)


@click.group(
    help="""The users of the explorer and the drive; both ask for a password as soon as there is one.

\b
  mediaparser user add anna --role decide --role drop
  mediaparser user list
  mediaparser user remove anna
"""
)
def user() -> None:
    """A group of commands."""


@user.command(
    help="""Add a user, or give one another password and other roles.

\b
  look     see everything (what you get when you name no role)
  decide   answer questions, too
  drop     put files into the inbox
"""
)
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be given more than once.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.pass_obj
def add(session: Any, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    from mediaparser_core import accounts

    users = accounts.load(session.settings.library)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    added = users.add(name, password, roles or ("look",))
    session.say(f"{added.name} may {', '.join(role for role in ROLES if role in added.roles)}")


@user.command(help="Forget a user.")
@click.argument("name")
@click.pass_obj
def remove(session: Any, name: str) -> None:
    from mediaparser_core import accounts

    accounts.load(session.settings.library).remove(name)
    session.say(f"{name} has no access any more")


@user.command("list", help="Everybody who has a password, and what they may do.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def list_users(session: Any, as_json: bool) -> None:
    from mediaparser_core import accounts

    users = accounts.load(session.settings.library).users()
    rows = [{"name": each.name, "roles": [role for role in ROLES if role in each.roles]} for each in users]
    if as_json:
        session.print_json(rows)
    else:
        session.table([row | {"roles": ", ".join(row["roles"])} for row in rows], ("name", "roles"))
