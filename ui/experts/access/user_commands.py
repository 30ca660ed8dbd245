"""`nodriza users …`: who may sign in to the experts' panel."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.settings import Settings, load_settings
from records.accounts import AccountError, Accounts, checked_password, key_of
from records.audit import Action, Audit
from records.database import open_database
from ui.experts.access.permissions import checked_role

app = typer.Typer(help="Accounts of the experts' panel.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="The account's name")]
_Role = Annotated[str, typer.Option(help="expert, researcher or admin: what it may do")]
_Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input")
]


@app.command()
def add(name: _Name, role: _Role = "expert", password_stdin: _Stdin = False) -> None:
    """Make an account; its password is asked for and not shown."""
    role = checked_role(role)
    with _open() as (settings, accounts, audit):
        built_in = settings.experts_password.get_secret_value()
        if built_in and key_of(name) == key_of(settings.experts_user):
            raise AccountError(
                f"{name!r} is the account of the settings (NODRIZA_EXPERTS_USER): choose another"
            )
        account = accounts.add(name, role, _password(password_stdin))
        _note(audit, "account_added", f"{account.name} · {role}")
    typer.echo(f"{account.name} may sign in as {role}")
    typer.echo(
        "an application that runs without an experts' page has to be started again", err=True
    )


@app.command("list")
def list_users() -> None:
    """List the accounts; the one of the settings is not among them."""
    table = Table("name", "role", "created", "last sign-in", "disabled", box=None)
    with _open() as (_, accounts, _audit):
        for one in accounts.all():
            times = (one.created_at, one.last_sign_in_at, one.disabled_at)
            shown = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in times)
            table.add_row(one.name, one.role, *shown)
    Console().print(table)


@app.command("role")
def set_role(
    name: _Name, role: Annotated[str, typer.Argument(help="expert, researcher or admin")]
) -> None:
    """Give an account another role, at once."""
    role = checked_role(role)
    with _open() as (_, accounts, audit):
        accounts.set_role(name, role)
        _note(audit, "account_role", f"{name} · {role}")


@app.command()
def password(name: _Name, password_stdin: _Stdin = False) -> None:
    """Set another password; the account's sessions end."""
    with _open() as (_, accounts, audit):
        accounts.require(name)  # before somebody types one
        accounts.set_password(name, _password(password_stdin))
        _note(audit, "password_changed", name)


@app.command()
def disable(name: _Name) -> None:
    """Let an account in no more, at once."""
    with _open() as (_, accounts, audit):
        accounts.disable(name)
        _note(audit, "account_disabled", name)


@app.command()
def enable(name: _Name) -> None:
    """Let a disabled account in again."""
    with _open() as (_, accounts, audit):
        accounts.enable(name)
        _note(audit, "account_enabled", name)


def operator() -> str:
    """Who is at this terminal, as the log calls them."""
    try:
        return f"terminal: {getuser()}"
    except (OSError, KeyError):  # no such user on this machine
        return "terminal"


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return checked_password(sys.stdin.readline().rstrip("\r\n"))
    typed = typer.prompt("Password (12 characters or more)", hide_input=True)
    checked_password(typed)
    if typer.prompt("Again", hide_input=True) != typed:
        raise AccountError("the two passwords are not the same: nothing was changed")
    return str(typed)


def _note(audit: Audit, action: Action, about: str) -> None:
    audit.note(operator(), None, action, about=about)


@contextmanager
def _open() -> Iterator[tuple[Settings, Accounts, Audit]]:
    settings = load_settings()
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.chosen_records_url)
    try:
        yield settings, Accounts(engine), Audit(engine)
    finally:
        engine.dispose()
