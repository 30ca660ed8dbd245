"""Known counts, and the figures, gains and suggestions that are made of them."""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.learnt import gain
from evaluation.learnt.figures import (
    QuestionFigures,
    answer_figures,
    periods,
    question_figures,
)
from evaluation.learnt.multiple import adjusted, binomial_above, fisher_above
from evaluation.learnt.picture import Look, Picture, behind, picture, step_for
from evaluation.learnt.plan import Plan
from evaluation.learnt.suggestions import RATE, suggestions
from evaluation.speed.generated_talks import write
from evaluation.statistics import share_of
from records.database import open_database
from records.learnt.lessons import Lessons
from records.learnt.sums import Answers, Options
from tests.learnt_talks import NOW, PLAN, VERSION, Faults, talks

NONE = dict.fromkeys(
    (
        *("asked", "told", "button", "words", "doubted", "answered_doubted", "asks_back"),
        *("unsure", "unknown", "back", "elsewhere", "left", "undone", "reached", "resolved"),
        *("rejected", "abandoned", "bits", "estimated"),
    ),
    0,
)


def options(node: str = "sueno", option: str | None = None, **counts: float) -> Options:
    counted = {**NONE, **counts}
    return Options(node=node, kind="question", topic=node, option=option, **counted)  # type: ignore[arg-type]


def of(lines: list[Options], seconds: list[tuple[str, int, int]] | None = None) -> QuestionFigures:
    (figures,) = question_figures(lines, seconds or [], PLAN)
    return figures


def test_a_question_with_known_numbers() -> None:
    found = of(
        [
            options(option="despierta", asked=60, button=50, words=10, reached=55, resolved=44,
                    doubted=6, answered_doubted=6, undone=2, rejected=11, bits=48.0, estimated=60),
            options(option="colecho", asked=20, button=20, reached=20, resolved=20, told=0),
            options(asked=20, abandoned=8, left=10, doubted=10, back=10),
            options(option="colecho", told=5),
        ],
        [("sueno", 10, 3), ("sueno", 30, 1), ("otra", 99, 1)][:2],
    )  # fmt: skip
    assert (found.text, found.asked, found.told, found.topics) == (
        "¿Qué te preocupa de las noches?", 100, 5, ("sueno",),
    )  # fmt: skip
    assert found.outcomes == {
        "straight": 74, "doubted": 6, "left": 10, "abandoned": 8, "waiting": 2,
    }  # fmt: skip
    assert found.resolved == share_of(64, 100)
    assert found.confused == share_of(16, 100)
    assert found.gave_up == share_of(8, 100)
    assert (found.seconds, found.timed, found.expected) == (10, 4, 0.8)
    first, second = found.options
    assert (first.label, first.chosen, first.share) == ("Se despierta mucho", 60, share_of(60, 80))
    assert (second.chosen, first.troubled) == (20, 13)
    entropy = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert found.by_tree == 1.0
    assert found.observed is not None
    assert found.observed.value == pytest.approx(entropy)
    spread = math.sqrt(0.75 * 0.25 * math.log2(3) ** 2 / 80)  # of the entropy of two: Basharin
    assert found.observed.value - found.observed.low == pytest.approx(1.959964 * spread)


def test_the_interval_of_a_share_is_wilsons() -> None:
    share = share_of(8, 10)
    assert share is not None
    assert (share.low, share.high) == pytest.approx((0.490, 0.943), abs=0.001)
    assert share_of(0, 0) is None


def test_options_that_lead_to_the_same_tell_nothing_about_the_answer() -> None:
    ways = PLAN.outline.ways["sueno"]
    merged = {**PLAN.outline.ways, "sueno": tuple(
        type(way)(way.option, way.label, (), "hoja-noche") for way in ways
    )}  # fmt: skip
    plan = Plan(VERSION, type(PLAN.outline)(merged, PLAN.outline.questions))
    assert gain.by_tree(plan, "sueno") == 0.0
    observed = gain.observed(plan, "sueno", {"despierta": 30, "colecho": 10})
    assert observed is not None
    assert (observed.value, observed.high) == (0.0, 0.0)


@given(st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_no_question_tells_more_than_the_options_it_has(chosen: list[int]) -> None:
    counts = dict(zip(("inicio", "siempre", "despues"), chosen, strict=True))
    found = gain.observed(PLAN, "dolor", counts)
    if not sum(chosen):
        assert found is None
        return
    assert found is not None
    assert -1e-9 <= found.low <= found.value <= found.high <= math.log2(3) + 1e-9
    if max(chosen) == sum(chosen):
        assert found.value == pytest.approx(0.0)


def test_answers_that_nobody_reached_come_last() -> None:
    line = Answers(
        node="hoja-noche", topic="sueno", tree=VERSION, reached=5, helped=3, not_helped=1, worse=0,
        complained=0, left=0, followed=1,
    )  # fmt: skip
    first, *others = answer_figures([line], PLAN)
    assert (first.title, first.liked) == ("Noche", share_of(3, 4))
    assert {one.reached for one in others} == {0}
    assert len(others) == len(PLAN.outline.titles) - 1


def test_periods_have_no_gap() -> None:
    assert periods(date(2026, 1, 1), date(2026, 4, 1), "month") == [
        date(2026, month, 1) for month in (1, 2, 3, 4)
    ]
    weeks = periods(date(2026, 11, 2), date(2026, 11, 16), "week")
    assert [day.day for day in weeks] == [2, 9, 16]
    assert len(periods(date(2026, 11, 2), date(2026, 11, 16), "day")) == 15
    ends = (date(2026, 1, 1), date(2026, 1, 10), date(2026, 4, 1), date(2026, 12, 1))
    assert [step_for(ends[0], last) for last in ends[1:]] == ["day", "week", "month"]


def test_exact_tests_are_sums_over_all_that_could_be() -> None:
    binomial = sum(math.comb(40, k) * 0.3**k * 0.7 ** (40 - k) for k in range(18, 41))
    assert binomial_above(18, 40, 0.3) == pytest.approx(binomial)
    assert binomial_above(12, 40, 0.3) == 1.0
    ways = [math.comb(14, k) * math.comb(46, 20 - k) for k in range(15)]
    assert fisher_above(9, 20, 5, 40) == pytest.approx(sum(ways[9:]) / sum(ways))
    assert fisher_above(1, 20, 5, 40) == 1.0
    assert fisher_above(20, 20, 0, 40) == pytest.approx(1 / math.comb(60, 20))


def test_many_tests_are_corrected_as_benjamini_and_hochberg_have_it() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert adjusted([]) == []


def _nothing_wrong(rng: random.Random) -> Iterator[Options]:
    """Questions of the small tree, all as good as each other, asked seldom and often."""
    for node in PLAN.outline.questions:
        for option in PLAN.options(node):
            asked = rng.randrange(10, 300)
            answered = sum(rng.random() < 0.96 for _ in range(asked))
            doubted = sum(rng.random() < 0.1 for _ in range(answered))
            troubled = sum(rng.random() < 0.12 for _ in range(answered))
            yield options(
                node, option, asked=asked, button=answered, abandoned=asked - answered,
                doubted=doubted, answered_doubted=doubted, undone=troubled,
            )  # fmt: skip


def test_where_nothing_is_wrong_nothing_is_suggested_but_for_the_stated_rate() -> None:
    rng = random.Random(1)
    looks, told = 200, 0
    for _ in range(looks):
        figures = question_figures(_nothing_wrong(rng), [], PLAN)
        rated = [
            Answers(
                node=node, topic=None, tree=VERSION,
                reached=60, worse=0, complained=0, left=0, followed=0,
                not_helped=(bad := sum(rng.random() < 0.2 for _ in range(40))), helped=40 - bad,
            )
            for node in PLAN.outline.titles
        ]  # fmt: skip
        told += bool(suggestions(figures, answer_figures(rated, PLAN), [], [], PLAN))
    assert told <= RATE * looks


@contextmanager
def looked_at(folder: Path, faults: Faults | None, seed: int) -> Iterator[tuple[Picture, Lessons]]:
    """A look at a record of conversations made up with faults."""
    engine = open_database(f"sqlite:///{folder}/records.db")
    write(engine, talks(1200, seed, faults), 1200, lambda _text: None)
    lessons = Lessons(engine)
    try:
        yield picture(lessons, lambda _version: PLAN, Look(), now=NOW + timedelta(days=9)), lessons
    finally:
        lessons.close()


def test_a_sound_tree_gets_no_suggestion(tmp_path: Path) -> None:
    with looked_at(tmp_path, None, 11) as (seen, _):
        assert seen.suggestions == []
        assert seen.conversations == 1200
        for one in seen.questions:
            assert sum(one.outcomes.values()) == one.asked
            assert min(one.outcomes.values()) >= 0


def test_what_was_made_wrong_is_found_and_nothing_else(tmp_path: Path) -> None:
    faults = Faults(
        confuses="leche",
        abandoned="sueno",
        same=("leche-peso", "si"),
        not_helped="hoja-postura",
        never=frozenset({"hoja-frio"}),
    )
    with looked_at(tmp_path, faults, 12) as (seen, lessons):
        assert {(one.rule, one.node) for one in seen.suggestions} == {
            ("confuses", "leche"),
            ("abandoned", "sueno"),
            ("same", "leche-peso"),
            ("not_helped", "hoja-postura"),
            ("never_reached", "hoja-frio"),
            # What is always answered the same way and what nobody reaches are two sides of one.
            ("never_reached", "hoja-peso"),
            ("same", "dolor-perlas"),
        }
        for one in seen.suggestions:
            assert bool(behind(lessons, seen.look.scope, one)) == (one.rule != "never_reached")


def test_options_that_go_wrong_or_are_taken_for_one_another(tmp_path: Path) -> None:
    faults = Faults(split=("leche", "pide"), switched="dolor")
    with looked_at(tmp_path, faults, 13) as (seen, _):
        found = {(one.rule, one.node): one for one in seen.suggestions}
        assert found["split", "leche"].options == ("Pide muy seguido",)
        assert ("switched", "dolor") in found
        assert {node for _, node in found} == {"leche", "dolor", "hoja-brote", "hoja-pide"}
