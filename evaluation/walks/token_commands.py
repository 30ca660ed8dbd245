"""`nodriza bench tokens`: what a model reads and writes until a mother has her answer."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import PROJECT, Settings, load_settings
from evaluation.bench_console import AsJson, Found, Limit, Seed, err, say, tell
from evaluation.cases import NO_TOPIC, MessageCase, read_cases
from evaluation.run import checksum, sample
from evaluation.walks.against_menu import LONGEST
from evaluation.walks.tokens import Comparison, Mothers, compare, compare_perfect, token_rows
from tools.errors import SettingsError

MESSAGES = PROJECT / "evaluation" / "development" / "messages.jsonl"


def tokens(
    cases: Annotated[Path, typer.Option("--cases", help="Labelled first messages")] = MESSAGES,
    perfect: Annotated[
        Path | None,
        typer.Option(
            "--perfect",
            metavar="GGUF",
            help="No model but a script that is always right; counted with this tokenizer",
        ),
    ] = None,
    buttons: Annotated[
        bool, typer.Option("--buttons", help="Mothers press buttons; else they use their own words")
    ] = False,
    patience: Annotated[
        int, typer.Option(min=1, help="Messages after which a conversation is unresolved")
    ] = LONGEST,
    limit: Limit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Calls and tokens of `scored`, `tools` and LangChain's stock agent with the same tools."""
    from rich.progress import Progress

    settings = load_settings()
    clear = [
        case
        for case in read_cases(cases, MessageCase)
        if case.topic not in NO_TOPIC and not case.needs_clarification
    ]
    drawn = sample(clear, limit, seed)
    mothers = Mothers(seed, own_words=not buttons, patience=patience)
    with (
        _compared(settings, perfect, mothers) as comparison,
        Progress(console=err) as progress,
    ):
        talks = [
            comparison.talk(case) for case in progress.track(drawn, description="conversations")
        ]
    run = {
        "model": f"a perfect script, tokens of {perfect.name}" if perfect else settings.model,
        "cases": checksum(cases),
        "conversations": len(talks),
        "answers": "buttons" if buttons else "own words",
        "patience": patience,
        "seed": seed,
    }
    tell(Found("tokens", run, token_rows(talks, seed), {}), as_json=as_json, show_errors=False)


def _compared(
    settings: Settings, perfect: Path | None, mothers: Mothers
) -> AbstractContextManager[Comparison]:
    if perfect is not None:
        from agent.llama import load_tokenizer

        return compare_perfect(settings, load_tokenizer(perfect), mothers, say)
    from agent.models.providers import make_model

    model = make_model(settings)
    if model is None:
        raise SettingsError("there is no model: set NODRIZA_MODEL, or count with --perfect GGUF")
    return compare(settings, model, mothers, say)
