"""The mother by rules: words of her own, questions in anybody's words, and going back."""

from pathlib import Path
from typing import Any

import pytest

from agent.settings import PROJECT
from agent.texts import load_texts
from evaluation.cases import WalkCase, read_cases
from evaluation.study.attempt import Exchange, ReplyKind
from evaluation.study.mothers.rules import NOT_THAT, RuleMother
from tests.trees import write_small
from tools.formats.yaml_folder import read_tree
from tools.tree import Question, Tree
from tools.words import folded_words

TEXTS = load_texts("es")
BACK, DONT_KNOW = TEXTS("agent.back"), TEXTS("agent.dont_know")


@pytest.fixture(scope="module")
def shipped() -> Tree:
    return read_tree(PROJECT / "trees" / "lactancia")


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    return read_tree(write_small(tmp_path / "prueba"))


def mother(tree: Tree, **of_hers: Any) -> RuleMother:
    known: dict[str, Any] = {
        "id": "w",
        "tree": "lactancia",
        "first_message": "me sangra un pezón",
        "persona": "terse",
        "facts": {"baby_age_days": 21},
        "answers": {"grietas-aspecto": "grieta", "grietas-tiempo": "nueva"},
        "says": {"grietas-aspecto": "un corte feo"},
        "target": ("grietas-nueva",),
        "must_escalate": False,
        "summary_gold": (),
        "topics_gold": ("grietas",),
    }
    case = WalkCase.model_validate({**known, **of_hers})
    return RuleMother(case, tree, {}, TEXTS)


def shown(kind: ReplyKind, node: str | None, *options: str, text: str = "¿?") -> Exchange:
    return Exchange(said="", kind=kind, node=node, text=text, options=options)


# In her words


def test_no_first_answer_is_a_label(shipped: Tree) -> None:
    """For every option of the tree, with no words of hers for any."""
    told: dict[str, set[str]] = {}
    count = 0
    for node in shipped.nodes:
        if not isinstance(node, Question):
            continue
        labels = [folded_words(option.label) for option in node.options]
        for option in node.options:
            hers = mother(shipped, answers={node.id: option.id}, says={}, target=(), facts={})
            said = hers.answers(shown("question", node.id, *(o.label for o in node.options)))
            assert said is not None
            assert folded_words(said) not in labels, (node.id, said)
            told.setdefault(node.id, set()).add(said.partition(" ")[2])
            count += 1
    assert count > 1000
    # What she says tells the options of a question apart.
    questions = [shipped.by_id[name] for name in told]
    assert all(len(told[q.id]) == len(q.options) for q in questions if isinstance(q, Question))


def test_asked_again_she_presses_the_button(shipped: Tree) -> None:
    hers = mother(shipped)
    label = "Una grieta o costra, a veces con sangre"
    asked = shown("question", "grietas-aspecto", label)
    assert [hers.answers(asked), hers.answers(asked)] == ["un corte feo", label]


def test_words_made_of_a_label_are_the_same_each_time(shipped: Tree) -> None:
    question = shipped.by_id["grietas-aspecto"]
    assert isinstance(question, Question)
    asked = shown("question", question.id, *(option.label for option in question.options))
    first, again = (mother(shipped, says={}).answers(asked) for _ in range(2))
    assert first == again
    assert first is not None
    assert first.endswith("una grieta o costra")


# In anybody's words


def test_she_knows_a_question_of_hers_in_other_words(small: Tree) -> None:
    hers = mother(
        small,
        answers={"dolor-cuando": "siempre"},
        says={"dolor-cuando": "no para nunca"},
        facts={"temperature": 38.5, "baby_age_days": 21},
        target=("consulta",),
        topics_gold=("dolor",),
    )
    assert hers.answers(shown("question", None, text="Dime, ¿cuándo te duele más?")) == (
        "no para nunca"
    )
    assert hers.answers(shown("question", None, text="¿Y qué temperatura tienes?")) == "38,5"
    assert hers.answers(shown("question", None, text="¿Fumas?")) == DONT_KNOW
    assert hers.answers(shown("question", None, text="")) == DONT_KNOW


# Misunderstood


def test_misunderstood_she_says_so_once_then_goes_back_then_gives_in(shipped: Tree) -> None:
    hers = mother(shipped)
    elsewhere = shown("question", "agotamiento-inicio", "No puedo más, estoy al límite", BACK)
    assert [hers.answers(elsewhere) for _ in range(3)] == [NOT_THAT, BACK, DONT_KNOW]


def test_without_a_button_to_go_back_she_says_it_again(shipped: Tree) -> None:
    hers = mother(shipped)
    wrong = shown("answer", "agotamiento-dormirse")
    assert [hers.answers(wrong) for _ in range(3)] == [NOT_THAT, NOT_THAT, None]


def test_an_answer_of_her_own_topic_is_hers_to_her(shipped: Tree) -> None:
    assert mother(shipped).answers(shown("answer", "grietas-nueva")) is None
    assert mother(shipped).answers(shown("answer", "grietas-va-mejor")) is None


def test_what_she_does_not_know_of_her_own_topic_is_no_misunderstanding(shipped: Tree) -> None:
    hers = mother(shipped, answers={"grietas-aspecto": "grieta"})
    assert hers.answers(shown("question", "grietas-tiempo", BACK)) == DONT_KNOW


def test_the_way_to_her_topic_is_taken_where_it_stands_beside(shipped: Tree) -> None:
    title = "Grietas o heridas en el pezón"
    beside = shown("question", "dolor-cuando", "Siempre", title, BACK)
    assert mother(shipped).answers(beside) == title


def test_the_cases_know_their_ways(shipped: Tree) -> None:
    """On the right way nobody of the development set feels misunderstood."""
    cases = read_cases(PROJECT / "evaluation" / "development" / "walks.jsonl", WalkCase)
    for case in cases:
        hers = RuleMother(case, shipped, {}, TEXTS)
        for name in case.answers:
            assert hers.answers(shown("question", name, BACK)) == case.says[name]
        for node in case.target:
            assert hers.answers(shown("answer", node)) is None
