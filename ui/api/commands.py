"""`nodriza api-keys …`: who may call the HTTP API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.settings import load_settings
from records.clients import Clients
from tools.errors import SettingsError

app = typer.Typer(help="Keys of the HTTP API (docs/api.md).", no_args_is_help=True)


@app.command()
def create(
    client: Annotated[
        str, typer.Argument(help="Whose key it is; the keys of one client see the same")
    ],
    role: Annotated[
        str, typer.Option(help="app, researcher, admin or monitoring: what it may do")
    ] = "app",
    rate: Annotated[str, typer.Option(help="Requests that it may make")] = "60/minute",
) -> None:
    """Make a key and print it: it is not shown again."""
    from ui.api.access import checked_rate, checked_role

    if not client.strip():
        raise SettingsError(f"{client!r} is no name of a client")
    with _clients() as clients:
        typer.echo(clients.create_key(client, checked_role(role), checked_rate(rate)))


@app.command("list")
def list_keys() -> None:
    """List the keys, without their secrets."""
    table = Table("id", "client", "role", "rate", "created", "revoked", box=None)
    with _clients() as clients:
        for key in clients.all_keys():
            revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
            created = f"{key.created_at:%Y-%m-%d %H:%M}"
            table.add_row(key.id, key.client, key.role, key.rate, created, revoked)
    Console().print(table)


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="Its id, as `list` shows it")]) -> None:
    """End a key, at once."""
    with _clients() as clients:
        if not clients.revoke(key):
            there = ", ".join(one.id for one in clients.all_keys() if one.revoked_at is None)
            raise SettingsError(f"no valid key has the id {key!r}; there are: {there or 'none'}")


@contextmanager
def _clients() -> Iterator[Clients]:
    clients = Clients.open(load_settings().chosen_records_url)
    try:
        yield clients
    finally:
        clients.close()
