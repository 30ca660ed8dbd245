"""`nodriza …`: assembles the commands; what they do lives elsewhere."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.collector import resting

with resting():
    from agent.settings import load_settings
    from evaluation import commands as bench_commands
    from evaluation.models import commands as model_commands
    from evaluation.study import commands as study_commands
    from evaluation.study.simulation.commands import simulate
    from records.store import RecordError
    from tools.errors import NodrizaError
    from ui import judgement_commands, llm_commands, replay_commands, tree_commands
    from ui.api import commands as api_commands
    from ui.experts.access import record_commands, user_commands
    from ui.experts.desk.command import analyse
    from ui.learnt_command import learnt

app = typer.Typer(
    help="Nodriza walks a sourced breastfeeding decision tree with a mother.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(tree_commands.app, name="tree")
app.add_typer(bench_commands.app, name="bench")
app.add_typer(model_commands.app, name="models")
app.add_typer(study_commands.app, name="study")
app.command()(simulate)
app.command()(analyse)
app.command()(learnt)
app.add_typer(api_commands.app, name="api-keys")
app.add_typer(user_commands.app, name="users")
app.add_typer(record_commands.app, name="conversations")
app.command()(record_commands.audit)
app.command()(replay_commands.replay)
app.command("what-if")(replay_commands.what_if_command)
app.add_typer(judgement_commands.app, name="judgements")
app.add_typer(llm_commands.app, name="llm")
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
    """Serve the mothers' chat and, where somebody can sign in, the experts' page."""
    from ui.serve import run

    settings = load_settings(
        ui_host=host, ui_port=port, model=model, model_base_url=base_url, navigator=navigator
    )
    run(settings, say)


@app.command("serve-graph")
def serve_graph(
    port: Annotated[int, typer.Option(help="Port of the Bolt server")] = 7687,
) -> None:
    """Run the embedded graph by itself, for other programs on this machine."""
    from tools.embedded import DATABASE, USER, EmbeddedGraph

    settings = load_settings()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with EmbeddedGraph(settings.data_folder / "graph", port=port) as graph:
        typer.echo(f"NODRIZA_GRAPH_URI={graph.uri}")
        typer.echo(f"NODRIZA_GRAPH_USER={USER}")
        typer.echo(f"NODRIZA_GRAPH_PASSWORD={graph.password}")
        typer.echo(f"NODRIZA_GRAPH_DATABASE={DATABASE}")
        stop.wait()


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Serve HTTP, not standard input")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on", min=1, max=65535)] = 8765,
) -> None:
    """Serve the tree to other assistants over MCP, read-only."""
    from agent.mcp_server import serve_mcp

    serve_mcp(load_settings(), say, (host, port) if http else None)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="New folder for the backup", file_okay=False)],
) -> None:
    """Copy record, checkpoints and tree versions into FOLDER: health data, keep it safe."""
    from agent.backup import back_up

    done = back_up(load_settings(), folder, say)
    say(f"{done.record.conversations} conversations, {len(done.trees)} tree versions in {folder}")


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup's folder", file_okay=False)],
) -> None:
    """Put a backup into an empty installation; nothing is overwritten."""
    from agent.backup import restore as put_back

    done = put_back(load_settings(), folder, say)
    say(f"{done.record.conversations} conversations, {len(done.trees)} tree versions are back")


@app.command()
def expire(
    days: Annotated[int, typer.Option(help="Erase what nobody has used for so many days", min=1)],
) -> None:
    """Erase old conversations now; NODRIZA_KEEP_DAYS does so by itself, every day."""
    from agent.expiry import expire_now

    say(f"{expire_now(load_settings(), days)} conversations erased")


def main() -> None:
    """Entry point: errors of ours are one clear line, and a SIGTERM stops what was started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except (NodrizaError, RecordError) as error:
        err.print("nodriza:", style="bold red", end=" ")
        err.print(str(error), highlight=False, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
