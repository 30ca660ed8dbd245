"""A conversation without a trace: nothing of it is in a table or a file, and it can be forgotten.

The record, the checkpoints and every file of the data folder are read to the last byte.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.redflags import phones
from agent.settings import load_settings
from records.events import Locale, Replied
from tests.integration.conftest import OpenHouse

THREAD = "a5c3e1f0" * 4
WORDS = "me duele el pecho izquierdo, mi bebé se llama Zuriñe y tiene 9 días"
MARKS = ("Zuri", "izquierdo", THREAD)
MEXICO = Locale(country="MX", language="es")


def contents(folder: Path) -> bytes:
    """All that the files of a folder hold, whatever they are."""
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def rows(url: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return {
                name: connection.execute(
                    sa.select(sa.func.count()).select_from(sa.table(name))
                ).scalar_one()
                for name in sa.inspect(engine).get_table_names()
            }
    finally:
        engine.dispose()


def test_nothing_of_a_private_conversation_is_in_a_table_or_a_file(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    house = open_house()
    folder = tmp_path / "data"
    url = load_settings(data_folder=folder).chosen_records_url
    before = rows(url)
    *_, asked = house.private.reply(THREAD, "0", WORDS)
    assert isinstance(asked, Replied)
    *_, answered = house.private.reply(THREAD, "1", asked.options[0])
    assert isinstance(answered, Replied)
    assert house.private.turns(THREAD) == 2
    assert "Zuriñe" in str(house.private.history(THREAD)[0])
    assert rows(url) == before
    assert {"conversations", "turns", "events", "checkpoints", "writes"} <= before.keys()
    everything = contents(folder)
    assert b"SQLite format 3" in everything
    assert not [mark for mark in MARKS if mark.encode() in everything]
    # The same words said openly are found: the search can fail.
    list(house.assistant.reply(THREAD, "0", WORDS))
    assert all(mark.encode() in contents(folder) for mark in ("Zuri", THREAD))
    assert rows(url) != before


def test_a_private_conversation_goes_on_where_it_was_and_is_forgotten(
    open_house: OpenHouse,
) -> None:
    private = open_house().private
    *_, first = private.reply(THREAD, "0", WORDS)
    assert list(private.reply(THREAD, "0", WORDS))[-1] == first
    assert "baby_age_days" in {fact.name for fact in first.facts}
    private.erase(THREAD)
    assert private.history(THREAD) == []
    *_, again = private.reply(THREAD, "0", "me duele el pecho izquierdo")
    assert not again.facts


def test_many_private_conversations_at_once_do_not_mix(open_house: OpenHouse) -> None:
    private = open_house().private

    def converse(number: int) -> list[str]:
        *_, last = private.reply(f"{number:032x}", "0", f"mi bebé tiene {number} días y llora")
        return [fact.shown for fact in last.facts if fact.name == "baby_age_days"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(converse, range(2, 13))) == [[f"{n} días"] for n in range(2, 13)]


@pytest.mark.parametrize("country", ["MX", "CO", "ZZ"])
def test_danger_is_answered_with_her_countrys_telephones(
    open_house: OpenHouse, country: str
) -> None:
    locale = Locale(country=country, language="es")
    *_, warned = open_house().private.reply(THREAD, "0", "mi bebé no respira", locale)
    assert isinstance(warned, Replied)
    assert warned.kind == "danger"
    expected = [phone.number for phone in phones(country) if phone.purpose == "emergency"]
    assert [phone.number for phone in warned.phones] == expected


def test_an_alarm_says_what_the_turn_would_say_and_keeps_nothing(open_house: OpenHouse) -> None:
    private = open_house().private
    warned = private.alarm("mi bebé no respira", MEXICO)
    assert warned is not None
    *_, answered = private.reply(THREAD, "0", "mi bebé no respira", MEXICO)
    assert isinstance(answered, Replied)
    assert (warned.title, warned.text) == (answered.title, answered.text)
    assert warned.phones == answered.phones
    assert warned.phones[0].number == "911"
    assert private.alarm("me duele un poco al dar el pecho", MEXICO) is None
    assert private.turns(THREAD) == 1
