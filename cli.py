"""`nodriza …`: assembles the commands; what they do lives elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.settings import load_settings
from tools.errors import NodrizaError

app = typer.Typer(
    help="Nodriza walks a sourced breastfeeding decision tree with a mother.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
err = Console(stderr=True)

Model = Annotated[str | None, typer.Option(help="provider:name, for example openai:gpt-4.1")]
BaseUrl = Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server")]
NavigatorOption = Annotated[str | None, typer.Option(help="menu, semantic or tools")]


def say(text: str) -> None:
    """Tell the operator what is going on."""
    err.print(f"[dim]nodriza:[/dim] {text}", highlight=False)


@app.command()
def chat(model: Model = None, base_url: BaseUrl = None, navigator: NavigatorOption = None) -> None:
    """Chat in the terminal."""
    from ui.terminal import converse

    settings = load_settings(model=model, model_base_url=base_url, navigator=navigator)
    converse(settings, say)


@app.command()
def ui(
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one")] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    navigator: NavigatorOption = None,
) -> None:
    """Serve the mothers' chat and, with a password set, the experts' page."""
    from ui.serve import run

    settings = load_settings(
        ui_host=host, ui_port=port, model=model, model_base_url=base_url, navigator=navigator
    )
    run(settings, say)


def main() -> None:
    """Entry point: errors of ours are one clear line, not a traceback."""
    try:
        app()
    except NodrizaError as error:
        err.print(f"[bold red]nodriza:[/bold red] {error}", highlight=False, markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
