"""Cases of whole conversations: the development set, the mother who is simulated from a case."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.settings import PROJECT
from agent.texts import load_texts
from evaluation.cases import CasesError, WalkCase, read_cases
from evaluation.results import WalkPrediction
from evaluation.walks.commands import check_cases
from evaluation.walks.metrics import is_right, walk_rows
from evaluation.walks.simulated_mother import SimulatedMother
from records.events import Replied
from tools.conditions import parse_condition
from tools.formats.yaml_folder import read_tree
from tools.tree import Input, Logic, Question, Tree
from tools.words import folded_words

CASES = PROJECT / "evaluation" / "development" / "walks.jsonl"
TEXTS = load_texts("es")


@pytest.fixture(scope="module")
def tree() -> Tree:
    return read_tree(PROJECT / "trees" / "lactancia")


@pytest.fixture(scope="module")
def cases() -> list[WalkCase]:
    return read_cases(CASES, WalkCase)


def lines() -> Iterator[dict[str, Any]]:
    yield from map(json.loads, CASES.read_text("utf-8").splitlines())


# The development set


def test_the_set_is_large_mixed_and_fits_the_tree(cases: list[WalkCase], tree: Tree) -> None:
    check_cases(cases, tree)
    assert len(cases) >= 120
    assert len({case.persona for case in cases}) == 9
    assert sum(case.must_escalate for case in cases) >= 20
    assert len({tree.topic_of[node] for case in cases for node in case.target}) >= 60


def test_the_answers_lead_to_the_target(tree: Tree) -> None:
    """Walked with nothing of the product but the tree's own conditions."""
    for line in lines():
        if line["must_escalate"]:
            continue
        here = line["start"]
        for _ in range(25):
            node = tree.by_id[here]
            if isinstance(node, Question):
                chosen = line["answers"][here]
                here = next(option.to for option in node.options if option.id == chosen)
            elif isinstance(node, Input):
                assert node.variable in line["facts"]
                here = node.to or ""
            elif isinstance(node, Logic):
                verdicts = (
                    (parse_condition(b.when).evaluate(line["facts"]), b) for b in node.branches
                )
                here = next((b.to for verdict, b in verdicts if verdict.holds), node.otherwise)
            else:
                break
        assert here in line["target"], line["id"]


def test_she_never_says_a_label_nor_an_example(cases: list[WalkCase], tree: Tree) -> None:
    for case in cases:
        for name, said in case.says.items():
            node = tree.by_id[name]
            for option in node.options if isinstance(node, Question) else ():
                known = [folded_words(text) for text in (option.label, *option.examples)]
                assert folded_words(said) not in known, f"{case.id}: {name}"


def test_the_summary_is_short(cases: list[WalkCase]) -> None:
    for case in cases:
        words = len(case.first_message.split())
        kept = sum(len(piece.split()) for piece in case.summary_gold)
        assert words <= 25 or kept <= 0.4 * words, case.id


# Wrong cases


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"target": ["nowhere"]}, "target: got 'nowhere'"),
        ({"target": []}, "target: got []"),
        ({"answers": {"grietas-aspecto": "nope"}}, "valid: grieta, infeccion"),
        ({"answers": {"nope": "x"}}, "answers: got 'nope'"),
        ({"says": {"nope": "x"}}, "says: got 'nope'"),
        ({"facts": {"shoe_size": 38}}, "facts: got 'shoe_size'; valid: baby_age_days"),
    ],
)
def test_what_is_not_in_the_tree_is_told(
    cases: list[WalkCase], tree: Tree, change: dict[str, Any], told: str
) -> None:
    calm = next(case for case in cases if not case.must_escalate)
    with pytest.raises(CasesError, match=re.escape(told)):
        check_cases([calm.model_copy(update=change)], tree)


def test_a_missing_key_is_told_with_its_line(tmp_path: Path) -> None:
    line = next(lines())
    del line["says"]
    file = tmp_path / "walks.jsonl"
    file.write_text(json.dumps(line), "utf-8")
    with pytest.raises(CasesError, match=r"walks.jsonl:1: says: missing; valid: an object"):
        read_cases(file, WalkCase)


def test_a_wrong_fact_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "walks.jsonl"
    file.write_text(json.dumps(next(lines()) | {"facts": {"baby_age_days": [3]}}), "utf-8")
    with pytest.raises(CasesError) as raised:
        read_cases(file, WalkCase)
    (problem,) = raised.value.problems
    assert problem.startswith("walks.jsonl:1: facts[baby_age_days]: got [3]; valid: an object")


# The mother


def mother(tree: Tree, **of_hers: Any) -> SimulatedMother:
    known: dict[str, Any] = {
        "id": "w",
        "tree": "lactancia",
        "first_message": "me sangra un pezón",
        "persona": "terse",
        "facts": {"baby_age_days": 21},
        "answers": {"grietas-aspecto": "grieta"},
        "says": {"grietas-aspecto": "un corte feo"},
        "target": ("grietas-nueva",),
        "must_escalate": False,
        "summary_gold": (),
        "topics_gold": ("grietas",),
    }
    case = WalkCase.model_validate({**known, **of_hers})
    return SimulatedMother(case, tree, {"Grietas o heridas en el pezón": "Pecho"}, TEXTS)


def asked(node: str, *options: str) -> Replied:
    return Replied(kind="question", text="¿?", node=node, options=list(options))


def test_she_answers_in_her_words_and_then_with_the_button(tree: Tree) -> None:
    hers = mother(tree)
    assert hers.answers(asked("grietas-aspecto")) == "un corte feo"
    label = "Una grieta o costra, a veces con sangre"
    assert hers.answers(asked("grietas-aspecto")) == label


def test_what_she_does_not_know_she_says(tree: Tree) -> None:
    hers = mother(tree)
    assert hers.answers(asked("grietas-tiempo")) == TEXTS("agent.dont_know")
    assert hers.answers(asked("grietas-tiempo")) == TEXTS("agent.other_topic")
    beside = asked("dolor-cuando", "Siempre", "Grietas o heridas en el pezón")
    assert hers.answers(beside) == "Grietas o heridas en el pezón"


@pytest.mark.parametrize(
    ("days", "said"),
    [(9, "9 días"), (21, "3 semanas"), (152, "5 meses"), (150, "150 días"), (None, "No lo sé")],
)
def test_she_tells_an_age_to_the_day(tree: Tree, days: float | None, said: str) -> None:
    hers = mother(tree, facts={"baby_age_days": days})
    reply = Replied(kind="input", text="¿?", node="edad-bebe", options=[])
    assert hers.answers(reply) == said


def test_of_a_list_she_takes_what_leads_to_her_topic(tree: Tree) -> None:
    hers = mother(tree)
    topic = "Grietas o heridas en el pezón"
    assert hers.answers(Replied(kind="offer", text="¿?", options=["Otro", topic, "Pecho"])) == topic
    assert hers.answers(Replied(kind="offer", text="¿?", options=["Otro", "Pecho"])) == "Pecho"
    assert hers.answers(Replied(kind="offer", text="¿?", options=["Otro"])) == "Otra cosa"
    more = Replied(kind="offer", text="¿?", options=["Otro", "Ver más temas"])
    assert hers.answers(more) == "Ver más temas"


@pytest.mark.parametrize(("grave", "said"), [(True, "Sí"), (False, "No")])
def test_a_check_on_danger_is_answered_truly(tree: Tree, grave: bool, said: str) -> None:
    hers = mother(tree, must_escalate=grave)
    assert hers.answers(Replied(kind="check", text="¿?")) == said
    assert hers.answers(Replied(kind="answer", text="Haz esto.", node="grietas-nueva")) is None


# The figures


def made(outcome: str, node: str | None = None, questions: int = 2) -> WalkPrediction:
    known: dict[str, Any] = {
        "outcome": outcome,
        "final_node": node,
        "path": [],
        "questions_asked": questions,
        "repeated_questions": 1,
        "illegal_moves": 0,
        "turns": 2,
        "ms": 50.0,
        "model_calls": 0,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "conversation_id": "c",
    }
    return WalkPrediction.model_validate(known)


def test_the_figures_of_four_conversations(cases: list[WalkCase], tree: Tree) -> None:
    calm = next(case for case in cases if not case.must_escalate)
    hers = calm.model_copy(update={"target": ("grietas-nueva",)})
    grave = calm.model_copy(update={"must_escalate": True, "target": ()})
    pairs = [
        (hers, made("resolved", "grietas-nueva", questions=3)),
        (hers, made("resolved", "grietas-va-mejor")),
        (hers, made("escalated")),
        (hers, made("gave_up")),
        (grave, made("escalated")),
        (grave, made("resolved", "grietas-nueva")),
    ]
    assert [is_right(*pair) for pair in pairs] == [True, False, False, False, True, False]
    found = {r.name: r.estimate for r in walk_rows(pairs, "semantic", tree, 1)}
    assert found["right answer"].value == 0.25
    assert found["right topic"].value == 0.5
    assert found["false alarms"].value == found["gave up"].value == 0.25
    assert found["dangers warned of"].value == 0.5
    assert found["questions until the right answer"].value == 3
    assert found["questions put again"].value == 1
    assert found["ms a turn"].value == 25
