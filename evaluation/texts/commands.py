"""`nodriza bench messages|replies|redflags`: runs cases, prints how well they were answered."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Navigator, Settings, load_settings
from evaluation.bench_console import (
    AsJson,
    Found,
    Limit,
    Out,
    Seed,
    ShowErrors,
    left,
    say,
    show_progress,
    tell,
    watched,
)
from evaluation.cases import (
    CasesError,
    MessageCase,
    RedFlagCase,
    ReplyCase,
    read_cases,
)
from evaluation.results import (
    MessagePrediction,
    RedFlagPrediction,
    ReplyPrediction,
    open_results,
)
from evaluation.run import checksum, run_of, sample
from tools.tree import Tree

_NAVIGATORS: dict[str, Navigator] = {"menu": "menu", "semantic": "semantic"}
"""Those that need no model."""

Cases = Annotated[Path, typer.Option("--cases", help="One line of JSON a case")]
NavigatorOption = Annotated[str, typer.Option("--navigator", help="menu or semantic")]


def messages(
    cases: Cases,
    results: Out,
    navigator: NavigatorOption = "semantic",
    topic_map: Annotated[
        Path | None, typer.Option("--topic-map", help="YAML: foreign topic -> list of ids here")
    ] = None,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """Mothers' first messages: the topic, when it asks, the summary."""
    found = measure_messages(cases, results, _navigator(navigator), topic_map, limit, seed)
    tell(found, as_json=as_json, show_errors=show_errors)


def measure_messages(
    cases: Path,
    results: Path,
    chosen: Navigator,
    topic_map: Path | None,
    limit: int | None,
    seed: int,
) -> Found[MessageCase, MessagePrediction]:
    """Run the cases that `results` has no line of yet, and draw the figures."""
    from agent.service import make_encoder
    from evaluation.public.baselines import likeness_to_examples, topic_rankers
    from evaluation.texts.message_metrics import MessageFigures
    from evaluation.texts.predict_messages import message_predictor
    from evaluation.vocabulary import read_vocabulary

    settings = load_settings()
    tree = _tree(settings)
    vocabulary = read_vocabulary(tree, topic_map)
    read = read_cases(cases, MessageCase, vocabulary.known)
    picked = sample(read, limit, seed)
    encoder = make_encoder(settings)
    run = run_of(
        "messages",
        cases,
        tree,
        navigator=chosen,
        encoder=encoder.name if encoder else None,
        topic_map=checksum(topic_map) if topic_map else None,
    )
    with open_results(results, MessagePrediction, run) as lines:
        if left(picked, lines):
            with message_predictor(settings, chosen, vocabulary, say) as predict:
                show_progress(picked, predict, lines)
    rankers = topic_rankers(tree, vocabulary, encoder)
    likeness = likeness_to_examples(tree)
    figures = MessageFigures(
        pairs=[(case, lines.done[case.id]) for case in picked],
        navigator=chosen,
        vocabulary=vocabulary,
        rankings={
            name: {case.id: rank(case.text) for case in watched(picked, name)}
            for name, rank in rankers.items()
        },
        likeness={case.id: likeness(case.text) for case in watched(picked, "likeness")},
        seed=seed,
    )
    confusions = [
        f"{right} → {first} ({len(ids)}): {' '.join(ids)}"
        for right, first, ids in figures.confusions()
    ]
    errors = {"commonest confusions": confusions, "wrong topic first": figures.errors()}
    return Found("messages", run, figures.rows(), errors, list(figures.pairs))


def replies(
    cases: Cases,
    results: Out,
    navigator: NavigatorOption = "semantic",
    with_tree: Annotated[
        bool,
        typer.Option(
            "--with-tree", help="Only cases whose `node` is in the tree, with its examples"
        ),
    ] = False,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """Replies to a question: which option she means, and whether it asks when she doesn't say."""
    chosen = _navigator(navigator)
    found = measure_replies(cases, results, chosen, limit, seed, with_tree=with_tree)
    tell(found, as_json=as_json, show_errors=show_errors)


def measure_replies(
    cases: Path,
    results: Path,
    chosen: Navigator,
    limit: int | None,
    seed: int,
    *,
    with_tree: bool,
) -> Found[ReplyCase, ReplyPrediction]:
    """Run the cases that `results` has no line of yet, and draw the figures."""
    from agent.service import make_encoder
    from evaluation.metrics import is_right, is_wrong_move, reply_rows
    from evaluation.public.baselines import option_choosers
    from evaluation.texts.predict_replies import asked, question_in, reply_predictor

    settings = load_settings()
    tree = _tree(settings) if with_tree else None
    read = read_cases(cases, ReplyCase)
    if tree:
        placed = [case for case in read if question_in(tree, case.given)]
        say(f"{len(placed)} of {len(read)} cases have a question of the tree {tree.version}")
        read = placed
    if not read:
        raise CasesError("no case has a `node` whose question and options are those of the tree")
    picked = sample(read, limit, seed)
    encoder = make_encoder(settings)
    encoded_by = encoder.name if encoder else None
    run = run_of("replies", cases, tree, navigator=chosen, encoder=encoded_by)
    with open_results(results, ReplyPrediction, run) as lines:
        if left(picked, lines):
            predict = reply_predictor(settings, chosen, encoder, tree)
            show_progress(picked, predict, lines)
    choosers = option_choosers(tree.language if tree else settings.language, encoder)
    chosen_by = {
        name: {
            case.id: choose(asked(case.given, tree), case.reply) for case in watched(picked, name)
        }
        for name, choose in choosers.items()
    }
    pairs = [(case, lines.done[case.id]) for case in picked]
    errors = {
        "wrong moves": [case.id for case, made in pairs if is_wrong_move(case, made)],
        "not moved, though she decides": [
            case.id for case, made in pairs if made.action != "choose" and not is_right(case, made)
        ],
    }
    return Found("replies", run, reply_rows(pairs, chosen, chosen_by), errors, pairs)


def redflags(
    cases: Cases,
    results: Out,
    navigator: NavigatorOption = "semantic",
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
    show_errors: ShowErrors = False,
) -> None:
    """Dangers and near-misses: what is escalated or checked. The same with every navigator."""
    found = measure_redflags(cases, results, _navigator(navigator), limit, seed)
    tell(found, as_json=as_json, show_errors=show_errors)


def measure_redflags(
    cases: Path, results: Path, chosen: Navigator, limit: int | None, seed: int
) -> Found[RedFlagCase, RedFlagPrediction]:
    """Run the cases that `results` has no line of yet, and draw the figures."""
    from evaluation.metrics import false_alarm, missed, needless_check, red_flag_rows
    from evaluation.texts.predict_messages import red_flag_predictor

    settings = load_settings()
    picked = sample(read_cases(cases, RedFlagCase), limit, seed)
    catalogue = checksum(settings.trees_folder / "redflags.yaml")
    run = run_of("redflags", cases, None, navigator=chosen, encoder=None, catalogue=catalogue)
    with open_results(results, RedFlagPrediction, run) as lines:
        show_progress(picked, red_flag_predictor(settings), lines)
    pairs = [(case, lines.done[case.id]) for case in picked]

    def named(holds: Callable[..., bool], flag: str) -> list[str]:
        return [
            f"{case.id}: {getattr(case, flag)} [{made.sign or 'no sign'}]"
            for case, made in pairs
            if holds(case, made)
        ]

    errors = {
        "missed": named(missed, "flag"),
        "false alarms": named(false_alarm, "near_flag"),
        "needless checks": named(needless_check, "near_flag"),
    }
    return Found("red flags", run, red_flag_rows(pairs), errors, pairs)


def _navigator(name: str) -> Navigator:
    if name not in _NAVIGATORS:
        valid = " or ".join(_NAVIGATORS)
        raise typer.BadParameter(
            f"{name!r} cannot be measured here; valid: {valid} (those that need no model)",
            param_hint="--navigator",
        )
    return _NAVIGATORS[name]


def _tree(settings: Settings) -> Tree:
    from tools.formats.yaml_folder import read_tree

    return read_tree(settings.trees_folder / settings.tree)
