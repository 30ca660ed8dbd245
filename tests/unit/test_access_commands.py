"""`nodriza users`, `nodriza conversations` and `nodriza audit`, as an operator uses them."""

import csv
import io
import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from agent.settings import load_settings
from records.accounts import Accounts
from records.audit import Audit, Sought
from records.database import open_database
from records.events import MessageReceived, Replied
from records.judgements import Item, Judgements, Opinion
from records.store import RecordError, Records
from tools.errors import NodrizaError, SettingsError
from ui.experts.served import panel_is_served

PASSWORD = "una frase bastante larga"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))
    return f"sqlite:///{tmp_path}/data/records.db"


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    with closing(Records.open(url)) as opened:
        yield opened


def nodriza(*args: str, given: str = "") -> Result:
    result = CliRunner().invoke(cli.app, [*args], input=given)
    if isinstance(result.exception, NodrizaError | RecordError):
        raise result.exception
    return result


def talk(records: Records, thread: str, text: str) -> None:
    said = MessageReceived(text=text)
    records.begin(thread, "0", said, owner="a", tree="es@1", navigator="menu", model=None)
    records.finish(thread, "0", [Replied(kind="answer", text="Así.", node="n")])


def test_corrections_leave_the_record_masked_unless_it_is_asked_for_and_logged(
    url: str, records: Records, tmp_path: Path
) -> None:
    talk(records, "t", "Me llamo Xurxa y me duele el pecho")
    said = MessageReceived(text="Xurxa no puede más")
    records.begin("t", "1", said, owner="a", tree="es@1", navigator="menu", model=None)
    records.finish("t", "1", [Replied(kind="answer", text="Así.", node="n")])
    with closing(Judgements.open(url)) as judgements:
        judgements.add(Item("t"), "ana", Opinion("right"))
    masked, whole = tmp_path / "masked.json", tmp_path / "whole.json"
    assert nodriza("judgements", "export", "tests", "--out", str(masked)).exit_code == 0
    assert "no puede más" in masked.read_text("utf-8")
    assert "Xurxa" not in masked.read_text("utf-8")
    asked = nodriza("judgements", "export", "tests", "--unmasked", "--out", str(whole))
    assert asked.exit_code == 0
    assert whole.read_text("utf-8").count("Xurxa") == 2
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    engine = open_database(url)
    lines = Audit(engine).entries(Sought(action="export"), limit=10, offset=0)
    engine.dispose()
    assert [line.about for line in lines] == ["tests, unmasked", "tests"]
    with pytest.raises(SettingsError, match="is there already"):
        nodriza("judgements", "export", "tests", "--out", str(whole))


def test_accounts_from_the_first_to_the_last_day(url: str) -> None:
    assert not panel_is_served(load_settings())
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    made = nodriza("users", "add", "Ana García", "--role", "researcher", given=typed)
    assert made.exit_code == 0
    assert PASSWORD not in made.output
    assert panel_is_served(load_settings())
    with closing(Accounts.open(url)) as accounts:
        assert accounts.verify("ana garcía", PASSWORD)
        assert nodriza("users", "role", "ana garcía", "expert").exit_code == 0
        new = nodriza("users", "password", "Ana García", "--password-stdin", given=PASSWORD + "!\n")
        assert new.exit_code == 0
        assert accounts.verify("Ana García", PASSWORD + "!")
        assert nodriza("users", "disable", "Ana García").exit_code == 0
        assert not panel_is_served(load_settings())
        assert accounts.verify("Ana García", PASSWORD + "!") is None
        assert nodriza("users", "enable", "Ana García").exit_code == 0
    listed = nodriza("users", "list").output
    assert "Ana García" in listed
    assert "expert" in listed
    with closing(Audit.open(url)) as audit:
        done = [entry.action for entry in audit.every(Sought())]
        assert all(entry.who.startswith("terminal") for entry in audit.every(Sought()))
    assert done == [
        *("account_added", "account_role", "password_changed"),
        *("account_disabled", "account_enabled"),
    ]


def test_what_cannot_be_is_quoted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NodrizaError, match="'reina' is no role: expert, researcher, admin"):
        nodriza("users", "add", "ana", "--role", "reina")
    with pytest.raises(RecordError, match="12 to 256 characters; this one has 5"):
        nodriza("users", "add", "ana", "--password-stdin", given="corta\n")
    with pytest.raises(RecordError, match="not the same"):
        nodriza("users", "add", "ana", given=f"{PASSWORD}\n{PASSWORD}?\n")
    with pytest.raises(RecordError, match="no account is called 'eva'; there are: none"):
        nodriza("users", "password", "eva")
    monkeypatch.setenv("NODRIZA_EXPERTS_PASSWORD", "x")
    with pytest.raises(RecordError, match="'Experta' is the account of the settings"):
        nodriza("users", "add", "Experta", "--password-stdin", given=PASSWORD)


def test_an_export_by_command_is_entered_and_masked(
    url: str, records: Records, tmp_path: Path
) -> None:
    talk(records, "t", "Soy Lucía y me duele")
    out = tmp_path / "out.jsonl"
    done = nodriza("conversations", "export", "-o", str(out), "--format", "jsonl")
    assert done.exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    [line] = out.read_text("utf-8").splitlines()
    assert json.loads(line)["conversation"] == "1-1"
    assert "Lucía" not in line
    with pytest.raises(NodrizaError, match="is there already"):
        nodriza("conversations", "export", "-o", str(out))
    whole = nodriza("conversations", "export", "--unmasked", "--words", "duele").output
    assert "Soy Lucía" in whole
    with pytest.raises(NodrizaError, match="'xlsx' is no format: csv, jsonl"):
        nodriza("conversations", "export", "--format", "xlsx")
    with pytest.raises(NodrizaError, match="--outcome 'x' is none of: answered, danger, open"):
        nodriza("conversations", "export", "--outcome", "x")


def test_an_erasure_by_command_names_the_exports(url: str, records: Records) -> None:
    talk(records, "t", "Soy Lucía y me duele")
    nodriza("conversations", "export")
    assert nodriza("conversations", "erase", "t", given="n\n").exit_code == 1
    assert records.conversation("t") is not None
    erased = nodriza("conversations", "erase", "t", "--yes")
    assert "it is 1-1 there" in erased.output
    assert records.threads() == set()
    with pytest.raises(RecordError, match="no such conversation"):
        nodriza("conversations", "erase", "t", "--yes")


def test_the_log_by_command(url: str) -> None:
    engine = open_database(url)
    Audit(engine).note("=ana", "expert", "read")
    Audit(engine).note("eva", "admin", "list")
    engine.dispose()
    rows = list(csv.DictReader(io.StringIO(nodriza("audit", "--action", "read").output)))
    assert [(row["who"], row["action"], row["thread"]) for row in rows] == [("'=ana", "read", "")]
    with pytest.raises(NodrizaError, match="'x' is no action: sign_in"):
        nodriza("audit", "--action", "x")
