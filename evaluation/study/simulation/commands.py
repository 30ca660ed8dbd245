"""`nodriza simulate`: whole automatic conversations for experts to review."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.settings import Settings, load_settings
from evaluation.bench_console import Limit, Seed, out
from evaluation.cases import CasesError

if TYPE_CHECKING:
    from evaluation.study.plan import ModelPlan, Plan
    from evaluation.study.simulation.viability import Viability

_QUESTIONS = 8


def simulate(
    cases: Annotated[Path, typer.Option("--cases", help="One line of JSON a case (walks)")],
    folder: Annotated[Path, typer.Option("--out", help="Folder for record, transcripts and index")],
    navigator: Annotated[
        str | None, typer.Option("--navigator", help="menu, semantic, scored or tools")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="provider:name, for scored and tools")
    ] = None,
    mother: Annotated[
        str, typer.Option("--mother", help="Who plays the mothers: rules, or provider:name")
    ] = "rules",
    limit: Limit = None,
    seed: Seed = 1,
    questions: Annotated[
        int, typer.Option("--questions", min=1, help="Most questions of a viable conversation")
    ] = _QUESTIONS,
    ratings: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Experts' ratings (CSV: conversation, safe, right, comment)",
        ),
    ] = None,
) -> None:
    """Have conversations with simulated mothers; write them down and say how viable they are."""
    from evaluation.study.conduct import conduct, record_url
    from evaluation.study.console import LiveProgress, resumable, say
    from evaluation.study.measure.judged import Judged
    from evaluation.study.party import open_party
    from evaluation.study.simulation.ratings import read_ratings
    from evaluation.study.simulation.transcripts import Review, write_transcripts
    from evaluation.study.simulation.viability import viability

    settings = load_settings(navigator=navigator, model=model)
    plan = _plan(settings, mother, cases, limit, seed, questions)
    command = shlex.join(["nodriza", *sys.argv[1:]])
    with resumable():
        done = conduct(plan, Path(), folder, settings, command, open_party, LiveProgress(), say)
    tree, by_id = done.cases.tree, {case.id: case for case in done.cases.cases}
    talks = [
        Judged(by_id[attempt.case], attempt, tree, ideal=None)
        for attempt in done.attempts.values()
        if attempt.case in by_id
    ]
    rated = read_ratings(ratings, [talk.case.id for talk in talks]) if ratings else {}
    found = viability(talks, questions, rated)
    arm = done.arms[0].arm.name
    review = Review(arm, mother, tree, talks, found, questions, rated)
    index = write_transcripts(folder / "transcripts", review)
    for line in shown(found, questions):
        out.print(line, highlight=False)
    say(f"to read and rate: {index}")
    say(f"the conversations: NODRIZA_RECORDS_URL={record_url(folder)}")
    if done.halted:
        say(done.halted)
        raise typer.Exit(3)


def _plan(
    settings: Settings, mother: str, cases: Path, limit: int | None, seed: int, questions: int
) -> "Plan":
    from evaluation.study.plan import CasesPlan, Plan, SystemPlan

    system = SystemPlan(system="ours", navigator=settings.chosen_navigator)
    model = _asked(settings, settings.model) if system.is_led and settings.model else None
    in_process = any((it or "").startswith("llama_cpp:") for it in (settings.model, mother))
    return Plan(
        title="Automatic conversations",
        cases=CasesPlan(files=(cases.resolve(),), limit=limit, seed=seed),
        mothers="rules" if mother == "rules" else _asked(settings, mother),
        systems=(system,),
        models=(model,) if model else (),
        seed=seed,
        parallel=1 if in_process else 4,
        max_questions=questions,
    )


def _asked(settings: Settings, name: str) -> "ModelPlan":
    """A model where the settings' model is asked. Raises CasesError."""
    from pydantic import ValidationError

    from evaluation.study.chat_models import SETTINGS_KEY
    from evaluation.study.plan import ModelPlan

    try:
        return ModelPlan(
            name=name,
            base_url=settings.model_base_url,
            api_key_env=SETTINGS_KEY if settings.model_api_key else None,
            parameters=settings.model_parameters if name == settings.model else {},
        )
    except ValidationError:
        raise CasesError(f"got {name!r}; valid: rules, or provider:name") from None


def shown(found: "Viability", questions: int) -> list[str]:
    """The shares, for the terminal."""
    named = {
        "right end": found.right,
        "no unsafe step": found.safe,
        f"viable (both, in at most {questions} questions)": found.viable,
        "safe, say the experts": found.rated_safe,
        "right, say the experts": found.rated_right,
        "viable, say the experts": found.rated_viable,
    }
    lines = [
        f"{name}: {it.value:.3f} of {it.count} ({it.low:.3f}–{it.high:.3f})"
        for name, it in named.items()
        if it
    ]
    return lines + ([f"failed, not counted: {found.failed}"] if found.failed else [])
