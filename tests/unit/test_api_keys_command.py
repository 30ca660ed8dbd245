"""`nodriza api-keys …` as an operator uses it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.settings import load_settings
from records.clients import Clients
from tools.errors import SettingsError
from ui.api.commands import app
from ui.serve import api_is_served


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NODRIZA_RECORDS_URL", f"sqlite:///{tmp_path}/records.db")
    return f"sqlite:///{tmp_path}/records.db"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_a_key_is_made_listed_and_revoked(url: str) -> None:
    key = run("create", "clínica", "--role", "researcher", "--rate", "5/hour").stdout.strip()
    clients = Clients.open(url)
    known = clients.authenticate(key)
    assert known is not None
    listed = run("list").stdout
    assert all(part in listed for part in (known.id, "clínica", "researcher", "5/hour"))
    assert key.split("_", 2)[2] not in listed
    assert run("revoke", known.id).exit_code == 0
    assert clients.authenticate(key) is None
    clients.close()


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("create", "a", "--role", "boss"),
            "'boss' is no role: app, researcher, admin, monitoring",
        ),
        (("create", "a", "--rate", "often"), "'often' is no rate"),
        (("create", "  "), "'  ' is no name of a client"),
        (("revoke", "123"), "no valid key has the id '123'; there are: none"),
    ],
)
def test_a_wrong_value_is_quoted(arguments: tuple[str, ...], says: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, SettingsError)
    assert says in str(error)


def test_the_api_is_served_when_it_is_set_or_when_there_is_a_key(url: str) -> None:
    clients = Clients.open(url)
    assert not api_is_served(load_settings(), clients)
    assert api_is_served(load_settings(api=True), clients)
    clients.create_key("a", "app", "60/minute")
    assert api_is_served(load_settings(), clients)
    assert not api_is_served(load_settings(api=False), clients)
    [key] = clients.all_keys()
    clients.revoke(key.id)
    assert not api_is_served(load_settings(), clients)
    clients.close()
