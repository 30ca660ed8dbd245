"""The benchmark's arithmetic on cases whose figures can be counted by hand."""

from typing import Any

import pytest

from evaluation import statistics
from evaluation.cases import MessageCase, RedFlagCase, ReplyCase
from evaluation.metrics import Row, as_tables, red_flag_rows, reply_rows
from evaluation.results import MessagePrediction, RedFlagPrediction, ReplyPrediction
from evaluation.texts.message_metrics import MessageFigures
from evaluation.texts.summaries import (
    f1,
    first_sentence,
    places_of,
    sentences,
    textrank,
    word_places,
)
from evaluation.vocabulary import Vocabulary
from tests.trees import Draft, random_draft
from tests.unit.bench_cases import MESSAGE, RED_FLAG, REPLY


def figures(rows: list[Row], part: str) -> dict[tuple[str, str], float]:
    return {
        (row.name, row.method): round(row.estimate.value, 3) for row in rows if row.part == part
    }


# Intervals


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, row 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_shares_have_wilsons_interval(hits: int, of: int, low: float, high: float) -> None:
    found = statistics.share([True] * hits + [False] * (of - hits))
    assert found is not None
    assert (found.value, found.count) == (hits / of, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_the_bootstrap_is_reproducible_and_as_wide_as_theory_says() -> None:
    values = [float(i % 7) for i in range(400)]
    one, again = statistics.mean(values, seed=1), statistics.mean(values, seed=1)
    assert one == again
    assert one is not None
    assert one != statistics.mean(values, seed=2)
    # The mean's standard error is 2/√400, for a standard deviation of 2.
    assert one.high - one.low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.1)
    assert one.low < one.value < one.high


def test_a_ratio_is_of_sums_and_nothing_is_no_figure() -> None:
    found = statistics.ratio([1, 0, 8], [1, 1, 10], seed=1)
    assert found is not None
    assert found.value == 0.75
    assert statistics.ratio([0.0], [0.0], seed=1) is None
    assert statistics.share([]) is None


# Summaries

TEXT = "Tengo 38.5 de fiebre. Me duele el pecho mucho. ¿Es normal? Me duele el pecho al dar"


def test_sentences_end_where_they_do_and_not_in_numbers() -> None:
    assert [TEXT[a:b].strip() for a, b in sentences(TEXT)] == [
        "Tengo 38.5 de fiebre.",
        "Me duele el pecho mucho.",
        "¿Es normal?",
        "Me duele el pecho al dar",
    ]
    assert TEXT[slice(*first_sentence(TEXT)[0])] == "Tengo 38.5 de fiebre."
    assert sentences("👶👶") == []


def test_textrank_prefers_what_others_repeat_within_the_share() -> None:
    kept = [TEXT[a:b].strip() for a, b in textrank(TEXT, 0.4)]
    assert kept == ["Me duele el pecho mucho."]
    assert len(textrank("Solo hay una frase aquí", 0.1)) == 1


def test_f1_counts_words_and_gold_pieces_are_found_in_turn() -> None:
    gold = places_of("ay ay ay duele", ["ay", "ay"])
    assert gold == [(0, 2), (3, 5)]
    assert word_places("ay ay ay duele", gold) == {0, 1}
    assert f1({0, 1, 2}, {1, 2, 3}) == pytest.approx(2 / 3)
    assert f1(set(), {1}) == 0


# Messages


def vocabulary() -> Vocabulary:
    draft: Draft = random_draft(1)
    tree = draft.tree()
    first = tree.topics[0]
    topics = [
        first.model_copy(update={"id": name, "covers": covers})
        for name, covers in (("dolor", ("pain",)), ("fin", ("weaning",)), ("luna", ()))
    ]
    return Vocabulary(tree.model_copy(update={"topics": tuple(topics)}))


def message(name: str, first: str, **changed: Any) -> tuple[MessageCase, MessagePrediction]:
    label = {key: changed.pop(key) for key in [*changed] if key in MESSAGE}
    case = MessageCase.model_validate(MESSAGE | label | {"id": name}, strict=False)
    made: dict[str, Any] = {
        "action": "ask", "question": None, "summary": [], "topics": [], "facts": [],
        "level": "none", "ms": 1, "model_calls": 0, "graph_queries": 0,
        "candidates": [
            {"topic": topic, "node": "n", "probability": 0.3} for topic in first.split()
        ],
    }  # fmt: skip
    return case, MessagePrediction.model_validate(made | changed)


def message_figures(*pairs: tuple[MessageCase, MessagePrediction]) -> MessageFigures:
    return MessageFigures(
        pairs=pairs,
        navigator="semantic",
        vocabulary=vocabulary(),
        rankings={"menu": {case.id: ["weaning", "luna", "pain"] for case, _ in pairs}},
        likeness={case.id: 0.1 for case, _ in pairs},
        seed=1,
    )


def test_topics_are_right_first_or_in_the_first_three() -> None:
    built = message_figures(
        message("a", "pain weaning", topic="dolor", action="move"),
        message("b", "weaning luna pain", action="move"),
        message("c", "weaning", topic_also=["fin"]),
        message("d", "luna"),
        message("e", "pain", topic="unclear"),
        message("f", "pain", topic="out_of_scope", action="out_of_scope"),
    )
    found = figures(built.rows(), "topic of clear messages")
    assert found["right topic first", "semantic"] == 0.5
    assert found["right topic in the first three", "semantic"] == 0.75
    assert found["right topic first", "menu"] == 0.25
    assert found["right topic in the first three", "menu"] == 1
    assert found["right topic first", "chance"] == pytest.approx((3 / 3 + 2 / 3) / 4, abs=1e-3)
    assert found["right topic in the first three", "chance"] == 1
    gain = figures(built.rows(), "gain over baselines, case by case")
    assert gain["right topic first", "menu"] == 0.25
    assert gain["right topic in the first three", "menu"] == -0.25
    short = figures(built.rows(), "right topic first, by length")
    assert short == {("1 to 8 words", "semantic"): 0.5, ("1 to 8 words", "menu"): 0.25}
    done = figures(built.rows(), "what is done")
    assert done["asks when vague", "semantic"] == 1
    assert done["asks when clear", "semantic"] == 0.5
    assert done["right, of those entered", "semantic"] == 0.5
    assert done["enters a wrong topic when clear", "semantic"] == 0.25
    assert done["out of scope, recognised", "semantic"] == 1
    assert built.confusions() == [("pain", "luna", ["d"]), ("pain", "weaning", ["b"])]
    assert built.errors() == ["b", "d"]


def test_topics_and_ages_are_counted_over_all_messages() -> None:
    age = {"name": "baby_age_days", "value": 60, "unit": "days", "start": 0, "end": 15}
    found = figures(
        message_figures(
            message("a", "pain", secondary=["fin"], topics=["pain", "luna"], facts=[age]),
            message("b", "pain", baby_age=None, facts=[age]),
            message("c", "pain"),
        ).rows(),
        "topics and age",
    )
    assert found["micro-F1 where there are several topics", "semantic"] == 0.5
    assert found["age found where she says it", "semantic"] == 0.5
    assert found["age read where there is none", "semantic"] == 1


def test_only_long_messages_need_a_summary() -> None:
    text = "uno dos tres. " + "palabra " * 24 + "me duele"
    start = text.index("me duele")
    span = {"start": start, "end": start + 8, "text": "me duele"}
    label = {"text": text, "extractive_gold": ["me duele"], "baby_age": None}
    long = message("a", "pain", summary=[span], **label)
    rows = message_figures(long, message("b", "pain")).rows()
    found = figures(rows, "summary of messages over 25 words")
    assert found["F1 over words", "semantic"] == 1
    assert found["F1 over words", "first sentence"] == 0
    assert found["share of the words kept", "semantic"] == round(2 / 29, 3)
    assert found["share of the words kept", "the labels"] == round(2 / 29, 3)


# Replies


def reply(name: str, action: str, choice: int, **label: Any) -> tuple[ReplyCase, ReplyPrediction]:
    case = ReplyCase.model_validate(REPLY | label | {"id": name}, strict=False)
    made = {"action": action, "choice": choice, "probabilities": [], "ms": 1, "model_calls": 0}
    return case, ReplyPrediction.model_validate(made)


def test_replies_are_right_by_moving_or_by_asking() -> None:
    pairs = [
        reply("a", "choose", 1),
        reply("b", "choose", 0),
        reply("c", "clarify", 1),
        reply("d", "choose", 2, gold_also=[2]),
        reply("e", "clarify", 0, gold="unclear"),
        reply("f", "choose", 0, gold="ask"),
        reply("g", "clarify", 0, gold="ask"),
        reply("h", "none_of_these", 0, gold="other"),
    ]
    rows = reply_rows(pairs, "semantic", {"lexical": {case.id: 1 for case, _ in pairs}})
    forced = figures(rows, "which option, when one must be chosen")
    assert forced["right", "semantic"] == 0.75
    assert forced["right", "lexical"] == 1
    assert forced["right", "chance"] == pytest.approx(5 / 12, abs=1e-3)
    free = figures(rows, "what is done, free to ask")
    assert free["right move, or right not to move", "semantic"] == 5 / 8
    assert free["wrong moves", "semantic"] == 2 / 8
    assert free["right move, where she decides", "semantic"] == 0.5
    assert free["no move, where she doesn't", "semantic"] == 0.75
    assert free["explain, where 'ask'", "semantic"] == 0
    assert free["none_of_these, where 'other'", "semantic"] == 1


# Red flags


def flag(made_level: str, check: str | None, **label: Any) -> tuple[RedFlagCase, RedFlagPrediction]:
    case = RedFlagCase.model_validate(RED_FLAG | label, strict=False)
    made = {"level": made_level, "escalate": made_level != "none", "sign": None, "ms": 1}
    return case, RedFlagPrediction.model_validate(made | {"check_question": check})


def test_dangers_are_escalated_checked_or_missed() -> None:
    near = {"escalate": False, "level": "none", "flag": None, "near_flag": "blue colour"}
    rows = red_flag_rows(
        [
            flag("emergency", None),
            flag("same_day", None),
            flag("none", "¿Respira?"),
            flag("none", None),
            flag("none", None, **near),
            flag("none", "¿Respira?", **near),
            flag("emergency", None, **near),
            flag("none", None, **near),
        ]
    )
    found = figures(rows, "all")
    assert found["dangers", "escalated"] == 0.5
    assert found["dangers", "escalated or checked"] == 0.75
    assert found["near-misses", "false alarms"] == 0.25
    assert found["near-misses", "needless checks"] == 0.25
    assert figures(rows, "dangers by level")["emergency", "right level, of escalated"] == 0.5
    assert figures(rows, "near-misses by sign")["blue colour", "false alarms"] == 0.25
    assert len(as_tables(rows, "red flags")) == len({row.part for row in rows})
