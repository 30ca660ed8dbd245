"""Predictions come from the chat's own code: what the chat would do is what the line says."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.settings import Settings, load_settings
from cli import app
from evaluation.cases import CaseFailed, MessageInput, ReplyInput
from evaluation.public.baselines import BM25, likeness_to_examples, option_choosers, topic_rankers
from evaluation.texts.predict_messages import message_predictor, red_flag_predictor
from evaluation.texts.predict_replies import asked, question_in, reply_predictor
from evaluation.vocabulary import Vocabulary
from tests.trees import MeaningEncoder
from tests.unit.bench_cases import MESSAGE, RED_FLAG, REPLY, use_small_tree, write_cases
from tools.formats.yaml_folder import read_tree


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder of trees with the small one, and the shipped red flags."""
    use_small_tree(tmp_path, monkeypatch)
    return load_settings()


# Replies

GIVEN = ReplyInput("¿Cuándo te duele?", ("Siempre", "Al agarrar", "No me duele"), "x", None)


def said(reply: str, node: str | None = None) -> ReplyInput:
    return ReplyInput(GIVEN.question, GIVEN.options, reply, node)


@pytest.mark.parametrize(
    ("reply", "action", "choice"),
    [
        ("siempre", "choose", 0),
        ("la segunda", "choose", 1),
        ("¿qué quiere decir agarrar?", "explain", None),
        ("mmm", "clarify", None),
        ("otra cosa", "clarify", None),
    ],
)
@pytest.mark.parametrize("navigator", ["menu", "semantic"])
def test_replies_need_no_tree(
    reply: str, action: str, choice: int | None, navigator: str, settings: Settings
) -> None:
    made = reply_predictor(settings, navigator, None, None)(said(reply))  # type: ignore[arg-type]
    assert made.action == action
    assert choice is None or made.choice == choice
    assert sum(made.probabilities) == pytest.approx(1)
    assert len(made.probabilities) == 3
    assert made.probabilities[made.choice] == max(made.probabilities)


def test_a_case_may_have_more_options_than_the_tree_allows(settings: Settings) -> None:
    days = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
    given = ReplyInput("¿Qué día?", days, "sábado", None)
    made = reply_predictor(settings, "semantic", None, None)(given)
    assert (made.action, made.choice) == ("choose", 5)


def test_the_trees_examples_help_where_they_are_asked_for(settings: Settings) -> None:
    tree = read_tree(settings.trees_folder / "prueba")
    given = said("al engancharse", "dolor-cuando")
    without = reply_predictor(settings, "semantic", None, None)(given)
    with_tree = reply_predictor(settings, "semantic", None, tree)(given)
    assert with_tree.choice == 1
    assert with_tree.probabilities[1] > without.probabilities[1]


def test_only_the_same_question_is_the_trees(settings: Settings) -> None:
    tree = read_tree(settings.trees_folder / "prueba")
    question = question_in(tree, said("x", "dolor-cuando"))
    assert question is not None
    assert [option.label for option in question.options] == list(GIVEN.options)
    assert question_in(tree, said("x", "dolor-agarre")) is None
    assert question_in(tree, said("x", None)) is None
    other = ReplyInput("¿Cuándo?", ("Siempre", "Nunca", "No me duele"), "x", "dolor-cuando")
    assert question_in(tree, other) is None
    with pytest.raises(CaseFailed):
        reply_predictor(settings, "semantic", None, tree)(other)


# Red flags


def test_red_flags_are_the_guards(settings: Settings) -> None:
    predict = red_flag_predictor(settings)
    danger = predict(MessageInput(RED_FLAG["text"]))
    assert (danger.escalate, danger.level) == (True, "emergency")
    assert danger.sign
    calm = predict(MessageInput("hola"))
    assert (calm.escalate, calm.level, calm.sign) == (False, "none", None)


# Messages


def test_messages_are_a_turn_of_the_assistant(settings: Settings) -> None:
    vocabulary = Vocabulary(read_tree(settings.trees_folder / "prueba"))
    with message_predictor(settings, "semantic", vocabulary, lambda _text: None) as predict:
        moved = predict(MessageInput("me duele al mamar, mi bebé tiene 3 días"))
        danger = predict(MessageInput(RED_FLAG["text"]))
        again = predict(MessageInput("me duele al mamar, mi bebé tiene 3 días"))
    assert moved.action == "move"
    assert moved.question == "¿Cuándo te duele?"
    assert moved.candidates[0].topic == "pain"
    assert moved.graph_queries == again.graph_queries == 1
    assert sum(candidate.probability for candidate in moved.candidates) <= 1
    assert (danger.action, danger.level, danger.question) == ("escalate", "emergency", None)
    assert danger.candidates
    assert danger.summary


# Baselines


def test_baselines_rank_every_topic_once(settings: Settings) -> None:
    tree = read_tree(settings.trees_folder / "prueba")
    vocabulary = Vocabulary(tree)
    rankers = topic_rankers(tree, vocabulary, MeaningEncoder())
    assert set(rankers) == {"menu", "BM25", "embeddings"}
    for rank in rankers.values():
        assert sorted(rank("me duele")) == sorted(vocabulary.shared_ids)
    assert "embeddings" not in topic_rankers(tree, vocabulary, None)
    assert likeness_to_examples(tree)("no aguanto el dolor") == pytest.approx(1)


def test_bm25_weighs_rare_terms_more_and_long_documents_less() -> None:
    scores = BM25(["leche pecho", "leche fiebre", "leche pecho y mucho más que decir"], "es")
    assert scores.scores("fiebre").argmax() == 1
    assert scores.scores("leche fiebre")[1] > scores.scores("leche fiebre")[0] > 0
    pecho = scores.scores("pecho")
    assert pecho[0] > pecho[2] > pecho[1] == 0
    assert not scores.scores("nada").any()


def test_options_are_chosen_by_letters_without_an_encoder(settings: Settings) -> None:
    choosers = option_choosers("es", None)
    assert set(choosers) == {"lexical"}
    assert choosers["lexical"](asked(GIVEN, None), "cuando agarra") == 1


# Commands


def test_commands_write_lines_and_print_figures(settings: Settings, tmp_path: Path) -> None:
    runner = CliRunner()
    for name, case in (("replies", REPLY), ("redflags", RED_FLAG), ("messages", MESSAGE)):
        cases = write_cases(tmp_path / f"{name}.jsonl", [case, case | {"id": "other"}])
        out = tmp_path / f"{name}-out.jsonl"
        arguments = ["bench", name, "--cases", str(cases), "--out", str(out)]
        shown = runner.invoke(app, [*arguments, "--limit", "1", "--show-errors"])
        assert shown.exit_code == 0, shown.output
        assert len(out.read_text("utf-8").splitlines()) == 1
        told = runner.invoke(app, [*arguments, "--json"])
        assert told.exit_code == 0, told.output
        content = json.loads(told.stdout)
        assert content["run"]["kind"] == name
        assert all(row["low"] <= row["value"] <= row["high"] for row in content["figures"])
        assert len(out.read_text("utf-8").splitlines()) == 2


def test_a_navigator_that_needs_a_model_is_refused(settings: Settings, tmp_path: Path) -> None:
    cases = write_cases(tmp_path / "c.jsonl", [RED_FLAG])
    for name in ("tools", "magic"):
        arguments = ["--cases", str(cases), "--out", str(tmp_path / "o"), "--navigator", name]
        refused = CliRunner().invoke(app, ["bench", "redflags", *arguments])
        assert refused.exit_code == 2
        assert name in refused.output
        assert "menu" in refused.output
        assert "semantic" in refused.output
    assert not (tmp_path / "o").exists()
