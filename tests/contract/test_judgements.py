"""What experts judge, and what waits for them, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from records.database import CONVERSATIONS, JUDGEMENTS
from records.events import Choice, Decided, Event, Failed, MessageReceived, Rated, Replied
from records.judgements import (
    LONGEST_COMMENT,
    NONE_OF_THESE,
    Item,
    Judgements,
    Opinion,
    standings,
)
from records.store import Records, UnknownConversation
from records.wanted import Wanted

RIGHT, WRONG = Opinion("right"), Opinion("wrong", comment="No era eso 😣")
DANGER = Replied(kind="danger", text="Ve ahora.", urgency="emergency")
ANSWER = Replied(kind="answer", text="Así.", node="n")


@pytest.fixture
def judgements(records_url: str) -> Iterator[Judgements]:
    opened = Judgements.open(records_url)
    yield opened
    opened.close()


def happened(records: Records, thread: str, *events: Event) -> None:
    said = MessageReceived(text="hola")
    number = str(len(records.message_ids(thread)))
    records.begin(thread, number, said, owner="a", tree="es@1", navigator="menu", model=None)
    records.finish(thread, number, events)


def went_on(probability: float) -> Decided:
    return Decided(
        node=None,
        action="move",
        why="one entry point stands out",
        evidence=[],
        posterior=[Choice(id="a", label="a", probability=probability)],
        threshold=0.35,
    )


def test_the_newest_of_each_expert_counts_and_the_history_is_kept(
    records: Records, judgements: Judgements
) -> None:
    happened(records, "t", ANSWER)
    step = Item("t", 1, 1)
    judgements.add(step, "ana", RIGHT)
    judgements.add(step, "ana", WRONG)
    judgements.add(Item("t"), "ana", RIGHT)
    kept = judgements.of("t")
    assert [(it.item, it.expert, it.verdict) for it in kept] == [
        (step, "ana", "right"),
        (step, "ana", "wrong"),
        (Item("t"), "ana", "right"),
    ]
    assert (kept[1].comment, kept[1].tree) == (WRONG.comment, "es@1")
    assert WRONG.comment not in repr(kept[1])
    found = standings(kept)
    assert {item: it.own["ana"].verdict for item, it in found.items()} == {
        step: "wrong",
        Item("t"): "right",
    }
    assert list(judgements.all()) == [("t", kept)]


def test_what_was_changed_after_reading_the_others_is_not_blind(
    records: Records, judgements: Judgements
) -> None:
    happened(records, "t", ANSWER)
    step = Item("t", 1, 1)
    judgements.add(step, "ana", WRONG)
    judgements.add(step, "ana", RIGHT)  # nobody else has said anything yet
    judgements.add(step, "eva", WRONG)
    judgements.add(step, "eva", RIGHT)  # now she has read what Ana says
    found = standings(judgements.of("t"))[step]
    assert {name: it.verdict for name, it in found.own.items()} == {"ana": "right", "eva": "right"}
    assert {name: it.verdict for name, it in found.blind.items()} == {
        "ana": "right",
        "eva": "wrong",
    }
    assert found.verdict is not None
    assert not found.disputed


def test_what_was_settled_holds_and_is_nobodys_own(
    records: Records, judgements: Judgements
) -> None:
    happened(records, "t", ANSWER)
    step = Item("t", 1, 1)
    judgements.add(step, "ana", Opinion("better_move", move="otra"))
    judgements.add(step, "eva", Opinion("better_move", move=NONE_OF_THESE))
    found = standings(judgements.of("t"))[step]
    assert found.disputed
    assert found.verdict is None
    judgements.add(step, "eva", Opinion("unsafe"), agreed=True)
    found = standings(judgements.of("t"))[step]
    assert not found.disputed
    assert found.verdict is not None
    assert found.verdict.verdict == "unsafe"
    assert [it.verdict for it in found.blind.values()] == ["better_move", "better_move"]


def test_the_most_pressing_waits_in_front(records: Records, judgements: Judgements) -> None:
    happened(records, "fine", ANSWER)
    happened(records, "broken", Failed(cause="x"))
    happened(records, "doubtful", went_on(0.45), ANSWER)
    happened(records, "more doubtful", went_on(0.36), ANSWER)
    happened(records, "sure", went_on(0.9), ANSWER)
    happened(records, "unhelped", ANSWER)
    records.note("unhelped", Rated(node="n", helped=False))
    happened(records, "danger", DANGER)
    order = ["danger", "unhelped", "more doubtful", "doubtful", "broken"]
    assert judgements.queue("ana") == order
    assert judgements.queue("ana", limit=2, offset=1) == order[1:3]
    assert judgements.queue("ana", only="unsure") == ["more doubtful", "doubtful"]
    assert list(judgements.waiting("ana").items()) == [
        ("escalated", 1),
        ("not_helped", 1),
        ("unsure", 2),
        ("failed", 1),
    ]


def test_it_leaves_her_queue_then_everybodys_and_comes_back_with_news(
    records: Records, judgements: Judgements
) -> None:
    def waits() -> list[str]:
        listed = records.count(Wanted(review="any")) == 1
        shown = bool(records.conversations()[0].reviews)
        assert listed == shown
        experts = [name for name in ("ana", "eva", "luz") if judgements.queue(name)]
        return [*experts, *(["list"] if listed else [])]

    happened(records, "t", DANGER)
    judgements.add(Item("t", 1, 1), "ana", RIGHT)  # a step is not the whole
    assert waits() == ["ana", "eva", "luz", "list"]
    judgements.add(Item("t"), "ana", RIGHT)
    judgements.add(Item("t"), "ana", WRONG)  # twice the same expert
    assert waits() == ["eva", "luz", "list"]
    judgements.add(Item("t"), "eva", WRONG)
    assert waits() == []
    records.note("t", Rated(node="n", helped=False))
    assert waits() == ["ana", "eva", "luz", "list"]
    judgements.add(Item("t"), "luz", RIGHT, agreed=True)
    assert waits() == []


def test_what_happened_after_she_opened_the_page_is_not_judged(
    records: Records, judgements: Judgements
) -> None:
    happened(records, "t", DANGER)
    seen = records.conversations()[0].last_at
    happened(records, "t", DANGER)
    judgements.add(Item("t"), "ana", RIGHT, seen_at=seen)
    judgements.add(Item("t"), "eva", RIGHT, seen_at=seen)
    assert judgements.queue("ana") == ["t"]
    assert records.count(Wanted(review="escalated")) == 1


def test_one_expert_may_be_enough(records: Records, records_url: str) -> None:
    happened(records, "t", DANGER)
    alone = Judgements.open(records_url, enough=1)
    alone.add(Item("t"), "ana", RIGHT)
    assert alone.queue("eva") == []
    alone.close()


def test_they_go_with_the_conversation(
    records: Records, judgements: Judgements, records_url: str
) -> None:
    happened(records, "t", ANSWER)
    judgements.add(Item("t"), "ana", WRONG)
    records.erase("t")
    engine = sa.create_engine(records_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(JUDGEMENTS)) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(CONVERSATIONS)) == 0
    engine.dispose()
    with pytest.raises(UnknownConversation):
        judgements.add(Item("t"), "ana", WRONG)


def test_what_is_unsafe_is_so_until_its_expert_or_all_of_them_say_otherwise(
    records: Records, judgements: Judgements
) -> None:
    unsafe = Opinion("unsafe")
    for thread in ("alone", "changed", "settled", "settled-so", "right"):
        happened(records, thread, ANSWER)
    judgements.add(Item("alone", 1, 1), "ana", unsafe)
    judgements.add(Item("alone", 1, 1), "eva", RIGHT)
    judgements.add(Item("changed", 1, 1), "ana", unsafe)
    judgements.add(Item("changed", 1, 1), "ana", RIGHT)
    judgements.add(Item("settled"), "ana", unsafe)
    judgements.add(Item("settled"), "eva", RIGHT, agreed=True)
    judgements.add(Item("settled-so"), "ana", RIGHT)
    judgements.add(Item("settled-so"), "eva", unsafe, agreed=True)
    judgements.add(Item("right"), "ana", RIGHT)
    assert judgements.unsafe() == ["alone", "settled-so"]


def test_leaves_are_counted_by_the_conversations_that_ended_there(
    records: Records, judgements: Judgements
) -> None:
    for thread in ("t", "u"):
        happened(records, thread, ANSWER)
    happened(records, "v", Replied(kind="question", text="¿?", node="q"))
    assert judgements.ended_at() == {"n": 2}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"verdict": "nice"}, "a verdict is one of right, .*, not 'nice'"),
        ({"verdict": "right", "move": "a"}, "a move goes with better_move"),
        ({"verdict": "better_move"}, "a move goes with better_move"),
        ({"verdict": "missing_question"}, "a question goes with missing_question"),
        ({"verdict": "wrong", "question": "q"}, "a question goes with missing_question"),
        ({"verdict": "wrong", "comment": "x" * (LONGEST_COMMENT + 1)}, "at most 2000 .* not 2001"),
    ],
)
def test_what_cannot_be_is_refused(said: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Opinion(**said)  # type: ignore[arg-type]


def test_a_step_has_both_numbers() -> None:
    with pytest.raises(ValueError, match="a turn and a seq, not 1 and None"):
        Item("t", 1)


def test_times_are_kept_to_the_microsecond(records: Records, judgements: Judgements) -> None:
    happened(records, "t", DANGER)
    at = datetime.now(UTC) - timedelta(microseconds=1)
    judgements.add(Item("t"), "ana", RIGHT, seen_at=at)
    assert judgements.of("t")[0].seen_at == at
