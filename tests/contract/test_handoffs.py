"""What happens between turns, and the experts' inbox, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from records.events import FollowedUp, HandedOff, MessageReceived, PersonReplied, Rated, Replied
from records.handoffs import Draft, HandOffs
from records.store import CONVERSATIONS, RecordError, Records, UnknownConversation

SENT = "LO QUE HE CONTADO\n- «me duele» 😣"
RATED = Rated(node="n", helped=False, comment="no era eso")


@pytest.fixture
def inbox(records_url: str) -> Iterator[HandOffs]:
    opened = HandOffs.open(records_url)
    yield opened
    opened.close()


def begin(records: Records, thread: str = "t", message_id: str = "0") -> None:
    said = MessageReceived(text="hola")
    records.begin(thread, message_id, said, owner="a", tree="es@1", navigator="menu", model=None)


def answered(records: Records, thread: str = "t", message_id: str = "0") -> None:
    begin(records, thread, message_id)
    records.finish(thread, message_id, [Replied(kind="answer", text="Así.", node="n")])


def kinds(records: Records, thread: str = "t") -> list[str]:
    return [recorded.event.type for recorded in records.events(thread)]


def test_an_aside_stands_behind_the_turn_before_it(records: Records) -> None:
    answered(records)
    records.note("t", RATED)
    begin(records, message_id="1")
    records.note("t", FollowedUp(node="n", state="worse"))  # while she is being answered
    records.finish("t", "1", [Replied(kind="question", text="¿Y?")])
    said = [recorded.event for recorded in records.events("t")]
    assert [event.type for event in said] == [
        *("message_received", "replied", "rated", "followed_up"),
        *("message_received", "replied"),
    ]
    assert said[2] == RATED
    assert records.last_done("t") == "1"
    known = records.conversation("t")
    assert known is not None
    assert known.turns == 2


def test_there_is_nothing_to_note_before_the_first_reply(records: Records) -> None:
    with pytest.raises(UnknownConversation):
        records.note("t", RATED)
    begin(records)
    with pytest.raises(RecordError, match="nothing of this conversation has been answered"):
        records.note("t", RATED)


def test_a_hand_off_and_its_answer_are_part_of_the_conversation(
    records: Records, inbox: HandOffs
) -> None:
    answered(records)
    assert inbox.add("t", SENT)
    [waiting] = inbox.waiting()
    assert (waiting.thread, waiting.sent, waiting.answered_at) == ("t", SENT, None)
    assert SENT not in repr(waiting)
    assert inbox.answer(waiting.id, "Hola, soy Ana.")
    assert inbox.waiting() == []
    last_two = [recorded.event for recorded in records.events("t")][-2:]
    handed, replied = last_two
    assert isinstance(handed, HandedOff)
    assert isinstance(replied, PersonReplied)
    assert (handed.hand_off, replied.hand_off) == (waiting.id, waiting.id)
    assert replied.text == "Hola, soy Ana."
    [kept] = inbox.of("t")
    assert kept.answered_at is not None


def test_one_waits_at_a_time_and_is_answered_once(records: Records, inbox: HandOffs) -> None:
    answered(records)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: inbox.add("t", SENT), range(6))) == 1
        [waiting] = inbox.waiting()
        answers = pool.map(lambda n: inbox.answer(waiting.id, f"respuesta {n}"), range(6))
        assert sum(answers) == 1
    assert kinds(records) == ["message_received", "replied", "handed_off", "person_replied"]
    assert inbox.add("t", SENT)  # she may ask again
    assert len(inbox.of("t")) == 2


def test_what_was_drafted_and_what_was_sent_are_kept(records: Records, inbox: HandOffs) -> None:
    for thread in ("t", "other"):
        answered(records, thread)
        assert inbox.add(thread, SENT)
    drafted, by_hand = inbox.waiting()
    assert inbox.one(drafted.id) == drafted
    draft = Draft("Un agarre más profundo", "es@1", "agarre", 0.8125)
    assert inbox.answer(drafted.id, "Prueba un agarre más profundo.", draft)
    assert inbox.one(drafted.id) is None
    assert not inbox.answer(drafted.id, "otra vez", draft)  # and no second draft of it
    assert inbox.answer(by_hand.id, "Sin borrador.")
    [kept] = inbox.drafted()
    assert (kept.hand_off, kept.thread, kept.draft) == (drafted.id, "t", draft)
    assert kept.sent == "Prueba un agarre más profundo."
    assert "agarre más profundo" not in repr(kept)
    assert inbox.drafted("other") == []
    records.erase("t")
    assert inbox.drafted() == []


def test_a_draft_that_cannot_be_kept_is_not_sent(records: Records, inbox: HandOffs) -> None:
    answered(records)
    assert inbox.add("t", SENT)
    [waiting] = inbox.waiting()
    with pytest.raises(RecordError):
        inbox.answer(waiting.id, "hola", Draft("\ud800", "es@1", None, None))
    assert inbox.waiting() == [waiting]
    assert kinds(records) == ["message_received", "replied", "handed_off"]


def test_what_is_not_there_is_not_handed_over_nor_answered(
    records: Records, inbox: HandOffs
) -> None:
    with pytest.raises(UnknownConversation):
        inbox.add("t", SENT)
    begin(records)
    with pytest.raises(RecordError, match="nothing of this conversation has been answered"):
        inbox.add("t", SENT)
    assert inbox.waiting() == []
    assert not inbox.answer(1, "hola")


def test_what_she_erases_is_gone_from_the_inbox(records: Records, inbox: HandOffs) -> None:
    for thread in ("t", "other"):
        answered(records, thread)
        assert inbox.add(thread, SENT)
    [number] = [one.id for one in inbox.waiting() if one.thread == "t"]
    records.erase("t")
    assert [one.thread for one in inbox.waiting()] == ["other"]
    assert not inbox.answer(number, "tarde")
    assert kinds(records) == []


def test_only_what_nobody_used_expires(records: Records, inbox: HandOffs, records_url: str) -> None:
    for thread in ("old", "noted", "new"):
        answered(records, thread)
    assert inbox.add("old", SENT)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    engine = sa.create_engine(records_url)
    with engine.begin() as connection:
        its = CONVERSATIONS.update().where(CONVERSATIONS.c.id != "new")
        connection.execute(its.values(last_at=long_ago))
    engine.dispose()
    records.note("noted", RATED)
    assert records.erase_idle(datetime.now(UTC) - timedelta(days=30)) == 1
    assert records.threads() == {"noted", "new"}
    assert inbox.of("old") == []
    assert records.erase_idle(datetime.now(UTC) - timedelta(days=30)) == 0
