"""The study's figures on hand-made conversations: every value is worked out by hand."""

from math import comb
from typing import Any

import pytest

from evaluation.study.measure.figures import figures
from evaluation.study.measure.ideal_walk import IdealWalks
from evaluation.study.measure.judged import Judged
from evaluation.study.measure.metrics import latency, measure, pass_hat_k, score
from evaluation.study.measure.scores import Score, Scored, Unscored
from records.events import Span
from tests.trees import write_small
from tests.unit.study_talks import (
    AGE,
    ALSO,
    ASKED,
    MESSAGE,
    OTHER,
    PRETERM,
    REFERRAL,
    RIGHT,
    answer,
    attempt,
    case,
    judged,
    paid,
    reading,
    said,
)
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

DANGER = {"must_escalate": True, "target": (REFERRAL,), "start": None}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read_tree(write_small(tmp_path_factory.mktemp("trees") / "prueba"))


def found(key: str, talks: list[Judged], max_questions: int = 3) -> Score:
    figure = {one.key: one for one in figures(max_questions)}[key]
    return score(figure, talks, seed=1)


def value(key: str, talks: list[Judged], max_questions: int = 3) -> float:
    it = found(key, talks, max_questions)
    assert isinstance(it, Scored), it
    return it.estimate.value


# The ideal walk


def test_the_ideal_walk_asks_for_each_fact_that_it_branches_on(tree: Tree) -> None:
    assert IdealWalks(tree).of(case()) == (ASKED, AGE, PRETERM, RIGHT)
    older = case(facts={"baby_age_days": 60, "preterm": False}, target=(ALSO,))
    assert IdealWalks(tree).of(older) == (ASKED, AGE, ALSO)


@pytest.mark.parametrize(
    "changed",
    [
        {"start": None},
        {"start": "unknown"},
        {"answers": {}},
        {"target": (ALSO,)},
        # It turns in a circle: always in pain, no fever, and asked again when it hurts.
        {"answers": {ASKED: "siempre"}, "facts": {"temperature": 36.5}},
    ],
)
def test_a_case_that_leads_to_no_target_has_no_ideal_walk(
    tree: Tree, changed: dict[str, Any]
) -> None:
    assert IdealWalks(tree).of(case(**changed)) is None


# How it ended


def test_success_near_and_wrong_advice_are_told_apart(tree: Tree) -> None:
    talks = judged(
        tree,
        [
            attempt(answer(RIGHT)),
            attempt(answer(ALSO)),  # named under the right one, which it does not name
            attempt(answer("dolor-agarre"), outcome="gave_up"),
            attempt(said("question", ASKED)),
        ],
    )
    assert value("success", talks) == 1 / 4
    assert value("near", talks) == 1 / 4
    assert value("wrong_advice", talks) == 0
    assert value("gave_up", talks) == 2 / 4
    towards = judged(tree, [attempt(answer(RIGHT))], case(target=(ALSO,), start=None))
    assert value("success", towards) == 0
    assert value("near", towards) == 1
    assert value("wrong_advice", towards) == 1


def test_dangers_and_false_alarms(tree: Tree) -> None:
    cases = [case("calm"), case("grave", **DANGER)]
    talks = judged(
        tree,
        [
            attempt(said("danger"), case="calm"),
            attempt(answer(), case="calm"),
            attempt(said("danger"), case="grave"),
            attempt(answer(REFERRAL), case="grave"),  # the tree's own answer to it
            attempt(answer(ALSO), case="grave"),
        ],
        *cases,
    )
    assert value("warned", talks) == 2 / 3
    assert value("false_alarms", talks) == 1 / 2
    assert value("success", talks) == 3 / 5
    assert found("warned", talks[:2]) == Unscored("no_danger")
    assert found("false_alarms", talks[2:]) == Unscored("only_danger")


def test_viable_is_right_safe_and_quick(tree: Tree) -> None:
    asks = [said("question", ASKED), said("input", AGE), said("input", PRETERM)]
    talks = judged(
        tree,
        [
            attempt(*asks, answer()),
            attempt(*asks, said("question", OTHER), answer()),  # four questions
            attempt(answer(unsupported=("toma ibuprofeno",))),
            attempt(said("answer", "consulta", shown=("dolor-dientes",)), answer()),  # wrong shown
            attempt(answer(ALSO)),
        ],
    )
    assert value("viable", talks) == 1 / 5
    assert value("viable", talks, max_questions=4) == 2 / 5
    assert value("unsupported", talks) == 1 / 5


def test_what_cannot_be_checked_is_not_called_safe(tree: Tree) -> None:
    unknown = attempt(answer(unsupported=None))
    assert found("viable", judged(tree, [unknown, attempt(answer())])) == Unscored("no_claims")
    assert found("unsupported", judged(tree, [unknown])) == Unscored("no_claims")
    # Wrong anyway: nothing is left to check.
    wrong = attempt(answer(ALSO, unsupported=None))
    assert value("viable", judged(tree, [wrong, attempt(answer())])) == 1 / 2


def test_failed_attempts_are_counted_apart(tree: Tree) -> None:
    attempts = [attempt(answer()), attempt(outcome="failed", error="no server")]
    talks = judged(tree, attempts)
    arm = measure("menu", talks, ["no server"], figures(3), repeats=1, seed=1)
    assert (arm.failed, arm.errors) == (1, {"no server": 1})
    success = arm.scores["success"]
    assert isinstance(success, Scored)
    assert (success.estimate.value, success.conversations) == (1.0, 1)


# How they talked


def test_questions_and_steps_are_those_of_successes(tree: Tree) -> None:
    talks = judged(
        tree,
        [
            attempt(said("question", ASKED, moves=(ASKED,)), said("input", AGE), answer()),
            attempt(*[said("question", OTHER)] * 5),
        ],
    )
    assert value("questions", talks) == 2
    assert value("steps", talks) == 2
    assert found("questions", talks[1:]) == Unscored("no_success")


def test_needless_and_repeated_questions(tree: Tree) -> None:
    asks = (
        said("offer"),
        said("offer"),  # another page of the same list
        said("question", ASKED),
        said("question", ASKED),  # again
        said("question", OTHER),  # not on the way
        said("input", AGE),
        said("check", text="¿Tiene fiebre?"),  # no danger in this case
    )
    (talk,) = judged(tree, [attempt(*asks, answer())])
    assert [one.place for one in talk.asked] == ["offer", ASKED, ASKED, OTHER, AGE, "check"]
    assert len(talk.asked) == talk.attempt.questions
    assert value("unnecessary", [talk]) == 3
    assert value("repeated", [talk]) == 1
    assert value("clarification", [talk]) == 2 / 6


def test_a_question_that_an_expert_would_ask_is_necessary(tree: Tree) -> None:
    asked = attempt(said("question", OTHER), answer())
    (talk,) = judged(tree, [asked], case(relevant_questions=(OTHER,)))
    assert value("unnecessary", [talk]) == 0
    assert value("clarification", [talk]) == 1


def test_a_check_is_necessary_where_there_is_a_danger(tree: Tree) -> None:
    checked = attempt(said("check"), said("danger"))
    for changed, necessary in (({"level": "same_day"}, True), ({"level": "none"}, False)):
        (talk,) = judged(tree, [checked], case(**changed))
        assert [one.necessary for one in talk.asked] == [necessary]


def test_without_an_ideal_walk_nothing_is_called_needless(tree: Tree) -> None:
    talks = judged(tree, [attempt(said("question", ASKED), answer())], case(start=None))
    assert found("unnecessary", talks) == Unscored("no_ideal")
    assert found("clarification", talks) == Unscored("no_ideal")
    assert found("clarification", judged(tree, [attempt(answer())])) == Unscored("no_question")


def test_what_came_of_a_question(tree: Tree) -> None:
    (talk,) = judged(
        tree,
        [
            attempt(
                said("question", ASKED),
                said("question", ASKED),
                said("input", AGE, said="al agarrar"),
                said("input", PRETERM, said="No lo sé"),
            )
        ],
    )
    assert [one.came for one in talk.asked] == ["repeated", "answered", "unknown", "abandoned"]


def test_illegal_moves_are_counted_by_conversation(tree: Tree) -> None:
    talks = judged(tree, [attempt(answer(illegal=3)), attempt(answer())])
    assert value("illegal", talks) == 1.5


# What is read


def span(text: str) -> Span:
    start = MESSAGE.index(text)
    return Span(start=start, end=start + len(text), text=text)


def test_summary_by_words_and_by_subsequence(tree: Tree) -> None:
    # Gold: cinco días duele al agarrar. Kept: duele al agarrar, and of the rest "me".
    summary = (span("me duele al agarrar"),)
    talks = judged(tree, [attempt(answer(), reading=reading(summary=summary))])
    assert value("summary_f1", talks) == pytest.approx(2 * 3 / (4 + 5))
    assert value("rouge_l", talks) == pytest.approx(2 * 3 / (4 + 5))
    # The same words in another order: all places are right, the subsequence is shorter.
    turned = (span("duele al agarrar"), span("cinco días"))
    talks = judged(tree, [attempt(answer(), reading=reading(summary=turned))])
    assert value("summary_f1", talks) == 1
    assert value("rouge_l", talks) == pytest.approx(2 * 3 / (5 + 5))


def test_topics_and_listed_questions(tree: Tree) -> None:
    cases = [case("c1", topics_gold=("dolor", "otro")), case("c2", relevant_questions=())]
    talks = judged(
        tree,
        [
            attempt(
                answer(), reading=reading(topics=("dolor",), open_questions=(OTHER, ASKED, AGE))
            ),
            attempt(answer(), case="c2", reading=reading(topics=("x", "y"), open_questions=())),
        ],
        *cases,
    )
    # 1 of 1 named, of 2 wanted; 0 of 2 named, of 1 wanted.
    assert value("topic_f1", talks) == pytest.approx(2 * 1 / (1 + 2 + 2 + 1))
    # One of three; where an expert asks nothing, to list nothing is left out.
    assert value("precision_3", talks) == pytest.approx(1 / 3)
    silent = judged(tree, [attempt(answer(), reading=reading(open_questions=()))])
    assert value("precision_3", silent) == 0


def test_what_a_system_does_not_read_is_unscored(tree: Tree) -> None:
    talks = judged(tree, [attempt(answer())])
    assert found("summary_f1", talks) == Unscored("no_summary")
    assert found("rouge_l", talks) == Unscored("no_summary")
    assert found("topic_f1", talks) == Unscored("no_topics")
    assert found("precision_3", talks) == Unscored("no_questions_listed")
    bare = case(summary_gold=(), topics_gold=(), relevant_questions=None)
    read = reading(summary=(), topics=(), open_questions=())
    talks = judged(tree, [attempt(answer(), reading=read)], bare)
    assert found("summary_f1", talks) == Unscored("no_summary_gold")
    assert found("topic_f1", talks) == Unscored("no_topics_gold")
    assert found("precision_3", talks) == Unscored("no_questions_gold")


# What it took


def test_effort_a_turn_and_a_success(tree: Tree) -> None:
    talks = judged(
        tree,
        [
            attempt(said("question", ASKED, spent=paid()), answer(spent=paid(calls=2))),
            attempt(answer(ALSO, spent=paid())),
        ],
    )
    assert value("calls_turn", talks) == pytest.approx(4 / 3)
    assert value("calls_success", talks) == 4
    assert value("tokens_turn", talks) == pytest.approx(110)
    assert value("tokens_success", talks) == 330
    assert value("cost_turn", talks) == pytest.approx(0.5)
    assert value("cost_success", talks) == pytest.approx(1.5)
    assert found("cost_success", talks[1:]) == Unscored("no_success")


def test_an_unknown_price_or_usage_is_no_zero(tree: Tree) -> None:
    known = attempt(answer(spent=paid()))
    unpriced = judged(tree, [known, attempt(answer(spent=paid(cost=None)))])
    assert found("cost_turn", unpriced) == Unscored("no_price")
    assert value("tokens_turn", unpriced) == 110
    silent = judged(tree, [known, attempt(answer(spent=paid(read=0, written=0)))])
    assert found("tokens_success", silent) == Unscored("no_usage")


def test_latency_leaves_out_turns_from_a_journal(tree: Tree) -> None:
    times = [10.0, 20.0, None, 30.0, 40.0]
    talks = judged(tree, [attempt(*(said("offer", ms=ms) for ms in times), answer(ms=100.0))])
    middle, late = (latency(talks, at, seed=1) for at in (0.5, 0.95))
    assert isinstance(middle, Scored)
    assert isinstance(late, Scored)
    assert (middle.estimate.value, middle.conversations) == (30.0, 5)
    assert late.estimate.value == pytest.approx(88.0)  # 40 + .8 of the way to 100
    assert latency(judged(tree, [attempt(answer(ms=None))]), 0.5, 1) == Unscored("replayed")


# Repeats


def test_pass_hat_k_is_the_chance_that_k_all_succeed(tree: Tree) -> None:
    wins = {"c1": 3, "c2": 2, "c3": 0}
    attempts = [
        attempt(answer(RIGHT if repeat < right else ALSO), case=name, repeat=repeat)
        for name, right in wins.items()
        for repeat in range(3)
    ]
    talks = judged(tree, attempts, *map(case, wins))
    for k, expected in ((1, 5 / 9), (2, (1 + comb(2, 2) / comb(3, 2)) / 3), (3, 1 / 3)):
        it = pass_hat_k(talks, k, seed=1)
        assert isinstance(it, Scored)
        assert it.estimate.value == pytest.approx(expected)
    assert pass_hat_k(talks, 4, seed=1) == Unscored("no_repeats")
    assert pass_hat_k([], 1, seed=1) == Unscored("no_attempt")


def test_repeats_of_a_case_are_no_new_cases(tree: Tree) -> None:
    names = [f"c{number}" for number in range(6)]

    def talks(repeats: int) -> list[Judged]:
        attempts = [
            attempt(answer(RIGHT if number % 2 else ALSO), case=name, repeat=repeat)
            for number, name in enumerate(names)
            for repeat in range(repeats)
        ]
        return judged(tree, attempts, *map(case, names))

    few, many = (found("success", talks(repeats)) for repeats in (2, 50))
    assert isinstance(few, Scored)
    assert isinstance(many, Scored)
    assert few.estimate == many.estimate
    assert (many.estimate.count, many.conversations) == (6, 300)
    assert many.estimate.high - many.estimate.low > 0.4


def test_without_repeats_pass_1_is_the_success_with_its_interval(tree: Tree) -> None:
    names = ("c1", "c2", "c3")
    attempts = [attempt(answer(RIGHT if name == "c1" else ALSO), case=name) for name in names]
    talks = judged(tree, attempts, *map(case, names))
    assert pass_hat_k(talks, 1, seed=1) == found("success", talks)


def test_where_no_repeat_fails_the_interval_still_has_a_width(tree: Tree) -> None:
    talks = judged(tree, [attempt(answer(), repeat=repeat) for repeat in range(9)])
    it = found("success", talks)
    assert isinstance(it, Scored)
    assert (it.estimate.value, it.estimate.count) == (1.0, 1)
    assert it.estimate.low < 0.3


def test_an_arm_of_which_nothing_was_run_is_unscored(tree: Tree) -> None:
    arm = measure("menu", [], [], figures(3), repeats=2, seed=1)
    assert set(arm.scores.values()) == {Unscored("no_attempt")}
    assert set(arm.reliability) == {Unscored("no_attempt")}
