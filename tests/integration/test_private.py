"""A conversation without a trace: nothing of it is in a table or a file, and it can be forgotten.

The record, the checkpoints and every file of the data folder are read to the last byte.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.assistant import Assistant
from agent.danger.redflags import phones
from agent.service import Service
from agent.settings import load_settings
from agent.texts import load_texts
from records.events import Event, Locale, Replied
from records.store import UnknownConversation
from tests.integration.conftest import OpenHouse
from tools.tree import Question, Tree

THREAD = "a5c3e1f0" * 4
WORDS = "quiero usar pezoneras en el izquierdo, mi bebé se llama Zuriñe y tiene 9 días"
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


def said(turn: Iterator[Event]) -> Replied:
    """What she reads at the end of a turn."""
    *_, last = turn
    assert isinstance(last, Replied)
    return last


@pytest.fixture
def private(unled: Service) -> Iterator[Assistant]:
    """What keeps nothing; the test's conversation is over at its end."""
    yield unled.private
    with suppress(UnknownConversation):
        unled.private.erase(THREAD)


def test_nothing_of_a_private_conversation_is_in_a_table_or_a_file(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    house = open_house()
    folder = tmp_path / "data"
    url = load_settings(data_folder=folder).chosen_records_url
    before = rows(url)
    asked = said(house.private.reply(THREAD, "0", WORDS))
    said(house.private.reply(THREAD, "1", asked.options[0]))
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
    private: Assistant,
) -> None:
    first = said(private.reply(THREAD, "0", WORDS))
    assert said(private.reply(THREAD, "0", WORDS)) == first
    assert "baby_age_days" in {fact.name for fact in first.facts}
    private.erase(THREAD)
    assert private.history(THREAD) == []
    assert not said(private.reply(THREAD, "0", "quiero usar pezoneras")).facts


def test_many_private_conversations_at_once_do_not_mix(private: Assistant) -> None:

    def converse(number: int) -> list[str]:
        words = f"quiero usar pezoneras, mi bebé tiene {number} días"
        last = said(private.reply(f"{number:032x}", "0", words))
        return [fact.shown for fact in last.facts if fact.name == "baby_age_days"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(converse, range(2, 13))) == [[f"{n} días"] for n in range(2, 13)]


@pytest.mark.parametrize("country", ["MX", "CO", "ZZ"])
def test_danger_is_answered_with_her_countrys_telephones(private: Assistant, country: str) -> None:
    locale = Locale(country=country, language="es")
    warned = said(private.reply(THREAD, "0", "mi bebé no respira", locale))
    assert warned.kind == "danger"
    expected = [phone.number for phone in phones(country) if phone.purpose == "emergency"]
    assert [phone.number for phone in warned.phones] == expected


def test_an_alarm_says_what_the_turn_would_say_and_keeps_nothing(private: Assistant) -> None:
    warned = private.alarm("mi bebé no respira", MEXICO)
    assert warned is not None
    answered = said(private.reply(THREAD, "0", "mi bebé no respira", MEXICO))
    assert (warned.title, warned.text) == (answered.title, answered.text)
    assert warned.phones == answered.phones
    assert warned.phones[0].number == "911"
    assert private.alarm("me duele un poco al dar el pecho", MEXICO) is None
    doubtful = private.alarm("tengo 38 de fiebre", MEXICO)
    assert doubtful is not None
    assert doubtful.kind == "check"
    assert private.turns(THREAD) == 1


def test_her_language_is_that_of_the_buttons(private: Assistant) -> None:
    english = Locale(country="ES", language="en")
    asked = said(private.reply(THREAD, "0", "quiero destetar", english))
    assert asked.options[-1] == "I don't know"
    explained = said(private.reply(THREAD, "1", "I don't know", english))
    assert explained.node == asked.node
    assert (explained.intro or "").startswith("It does not matter")
    assert explained.options[-1] == "It is something else"
    restarted = said(private.reply(THREAD, "2", "Start again", english))
    assert restarted.text.startswith("I'm listening")


def test_not_to_know_is_always_possible_and_never_a_guess(private: Assistant, tree: Tree) -> None:
    asked = said(private.reply(THREAD, "0", "quiero destetar"))
    labels = {n.id: [o.label for o in n.options] for n in tree.nodes if isinstance(n, Question)}
    assert not any("no lo sé" in label.lower() for label in labels[asked.node or ""])
    assert "No lo sé" in asked.options
    for number in range(1, 4):
        again = said(private.reply(THREAD, str(number), "no lo sé"))
        assert again.node == asked.node
        assert "Es otro tema" in again.options


@pytest.mark.parametrize(
    ("letter", "node"),
    [
        ("a", "dolor-cuando"),
        ("b", "poca-leche-motivo"),
        ("c", "rechazo-pecho-inicio"),
        ("d", "ingurgitacion-inicio"),
        ("e", "llanto-colicos-inicio"),
        ("f", "trabajo-que"),
    ],
)
def test_a_topic_of_the_first_screen_leads_straight_to_its_question(
    private: Assistant, letter: str, node: str
) -> None:
    starter = load_texts("es")(f"chat.starter.{letter}")
    assert said(private.reply(THREAD, "0", starter)).node == node
