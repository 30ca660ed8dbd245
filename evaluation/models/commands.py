"""`nodriza models …`: which models there can be, and what those of the settings can do."""

import dataclasses
import importlib.util
import json
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from agent.models.prices import read_prices
from agent.models.providers import EXTRAS, PROVIDERS, ModelSpec, make_models, specs
from agent.settings import load_settings
from evaluation.bench_console import AsJson
from evaluation.models.check import Checked, check_model
from tools.errors import SettingsError

app = typer.Typer(help="List models, and check what they can do.", no_args_is_help=True)
out = Console()
err = Console(stderr=True)

ModelOption = Annotated[str | None, typer.Option("--model", help="provider:name")]
BaseUrl = Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server")]
_COLOURS = {"yes": "green", "partly": "yellow", "no": "red"}
_PATIENCE = 5.0
"""Seconds to wait for a server's list of models."""


@app.command("list")
def list_(as_json: AsJson = False, model: ModelOption = None, base_url: BaseUrl = None) -> None:
    """Providers and whether they are installed; the models of the settings and of their server."""
    settings = load_settings(model=model, model_base_url=base_url)
    prices = read_prices(settings.prices_file)
    providers = [
        {"provider": name, "what": what, "installed": _installed(name)}
        for name, what in PROVIDERS.items()
    ]
    configured = [
        {
            "setting": spec.setting,
            "model": spec.name,
            "base_url": spec.base_url,
            "key": spec.api_key is not None,
            "price": prices[spec.model].model_dump(mode="json") if spec.model in prices else None,
            "served": _served(spec),
        }
        for spec in specs(settings)
    ]
    if as_json:
        out.print_json(json.dumps({"providers": providers, "configured": configured}))
        return
    out.print(_table("Providers", providers))
    if not configured:
        out.print("No model is set: NODRIZA_MODEL=provider:name", highlight=False)
    for one in configured:
        out.print(_table(f"{one['setting']}={one['model']}", [one | {"price": _price(one)}]))


@app.command()
def check(
    as_json: AsJson = False,
    model: ModelOption = None,
    base_url: BaseUrl = None,
    longest: Annotated[
        int, typer.Option(min=1024, help="Tokens up to which the context is tried")
    ] = 8192,
) -> None:
    """Probe the models of the settings; exit code 1 when one cannot be reached."""
    settings = load_settings(model=model, model_base_url=base_url)
    models = make_models(settings)
    if not models:
        raise SettingsError("there is no model to check: set NODRIZA_MODEL, or give --model")

    def say(text: str) -> None:
        err.print(f"[dim]models:[/dim] {text}", highlight=False)

    checked = [check_model(one, longest, say) for one in models]
    if as_json:
        out.print_json(json.dumps([dataclasses.asdict(one) for one in checked]))
    else:
        for one in checked:
            out.print(_capabilities(one))
    if not all(one.is_reached for one in checked):
        raise typer.Exit(1)


def _capabilities(checked: Checked) -> Table:
    table = Table(title=checked.model, title_justify="left")
    for column in ("capability", "", "found"):
        table.add_column(column)
    table.add_column("seconds", justify="right")
    for probe in checked.probes:
        verdict = f"[{_COLOURS[probe.verdict]}]{probe.verdict}[/]"
        table.add_row(probe.name, verdict, probe.found, f"{probe.seconds:.1f}")
    return table


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*("–" if value is None else _shown(value) for value in row.values()))
    return table


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _price(one: dict[str, Any]) -> str | None:
    price = one["price"]
    if price is None:
        return None
    return f"{price['input']} in, {price['output']} out, USD a million ({price['checked_on']})"


def _installed(provider: str) -> str:
    if provider not in EXTRAS:
        return "yes"
    module, extra = EXTRAS[provider]
    return "yes" if importlib.util.find_spec(module) else f"no: extra {extra!r}"


def _served(spec: ModelSpec) -> list[str] | str | None:
    """What an OpenAI-compatible server of one's own offers; None where nobody can be asked."""
    if spec.provider != "openai" or spec.base_url is None:
        return None
    key = spec.api_key.get_secret_value() if spec.api_key else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        url = f"{spec.base_url.rstrip('/')}/models"
        reply = httpx.get(url, headers=headers, timeout=_PATIENCE).raise_for_status()
        return [str(served["id"]) for served in reply.json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
