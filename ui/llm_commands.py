"""`nodriza llm …`: a language model of one's own, served to Nodriza and others on this machine."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.llama.server import serve as become_server
from agent.llama.server_options import ServerOptions, choose_options
from agent.settings import LLM_PREFIX

app = typer.Typer(help="Run a language model of one's own.", no_args_is_help=True)
_err = Console(stderr=True)


def _say(text: str) -> None:
    _err.print(f"[dim]nodriza:[/dim] {text}", highlight=False)


def serve(file: Path | None, **flags: str | None) -> None:
    """Serve a GGUF model with llama-cpp-python's server, by OpenAI's protocol."""
    become_server(choose_options(flags, file), _say)


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    """The command with a flag for each option, spelt as the server spells it or with hyphens."""
    file = inspect.Parameter(
        "file",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            Path | None,
            typer.Option(help=f"YAML file with options; variables {LLM_PREFIX}… and flags beat it"),
        ],
    )
    options = [_flag(name) for name in ServerOptions.model_fields]
    function.__signature__ = inspect.Signature([file, *options])  # type: ignore[attr-defined]
    return function


def _flag(name: str) -> inspect.Parameter:
    field = ServerOptions.model_fields[name]
    documented = "" if field.is_required() else f" Documented default: {field.default}."
    spellings = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
    option = typer.Option(*spellings, help=f"{field.description}{documented}", metavar="VALUE")
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, option],
    )


app.command()(_with_options(serve))
