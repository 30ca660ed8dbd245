"""Sends a scripted conversation's traces to a running Phoenix and checks what it made of them.

    uv venv phoenix && uv pip install --python phoenix/bin/python arize-phoenix
    PHOENIX_WORKING_DIR=phoenix/data PHOENIX_TELEMETRY_ENABLED=false phoenix/bin/phoenix serve
    python -m scripts.traces_in_phoenix --data phoenix/data --picture docs/images/traces.png

Phoenix (Elastic License 2.0, 600 MB) is no dependency of ours: it has an environment of its own.
The model is the scripted server of the tests; tree, graph and record are the real ones.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from playwright.sync_api import expect, sync_playwright

from agent.service import open_service
from agent.settings import load_settings
from scripts.screenshots import CHROMIUM
from tests.integration.conftest import Conversation, model_settings
from tests.integration.openai_server import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Fails,
    ScriptedModel,
    calls,
)

PAIN = "Me duele muchísimo el pezón izquierdo cuando mama mi niña Maravillas"
WHEN = "pues me duele todo el rato mientras mama, desde el jueves"
LATER = "y ahora además me sangra, ¡qué desesperación!"
HERS = ("Maravillas", "muchísimo", "izquierdo", "jueves", "además", "desesperación", "mientras")
"""Words of her messages that are in no id of the tree."""
CALLS = 5
"""Answers that the model gives; a last one fails."""


def main(
    url: Annotated[str, typer.Option(help="The running Phoenix.")] = "http://127.0.0.1:6006",
    data: Annotated[Path | None, typer.Option(help="Its folder: searched for her words.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Where a picture of a turn goes.")] = None,
) -> None:
    """Talk, then ask Phoenix for the spans."""
    before = len(_spans(url))
    conversation = _talk(f"{url}/v1/traces")
    _check(_until_all_are_there(url, before)[before:])
    if data is not None:
        _search(data, [*HERS, conversation])
    if picture is not None:
        _take(url, picture)


def _talk(endpoint: str) -> str:
    """A conversation of three turns, led by a model that fails in the last one."""
    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_folder=Path(folder), traces_endpoint=endpoint, **model_settings(model)
        )
        with open_service(settings) as service:
            ask = calls("ask", about="when it hurts")
            model.script(ask)
            Conversation(service.private).say(PAIN)  # loads the encoder; is not traced
            mother = Conversation(service.assistant)
            model.script(
                calls("search_tree", query="pain"), calls("jump_to", node_id="dolor-cuando"), ask
            )
            mother.say(PAIN)
            model.script(
                calls("choose_option", option_id="toda-la-toma", quote="todo el rato"), ask
            )
            mother.say(WHEN)
            model.always(Fails(500))
            mother.say(LATER)
            return mother.thread


def _spans(url: str) -> list[dict[str, Any]]:
    response = httpx.get(f"{url}/v1/projects/nodriza/spans", params={"limit": 1000}, timeout=10)
    if response.status_code == httpx.codes.NOT_FOUND:
        return []
    found: list[dict[str, Any]] = response.raise_for_status().json()["data"]
    return sorted(found, key=lambda span: str(span["start_time"]))


def _until_all_are_there(url: str, before: int) -> list[dict[str, Any]]:
    """Phoenix stores what it gets a little later."""
    seen = -1
    for _ in range(60):
        spans = _spans(url)
        if len(spans) > before and len(spans) == seen:
            return spans
        seen = len(spans)
        time.sleep(1)
    raise SystemExit(f"Phoenix has {seen} spans after a minute, and had {before} before")


def _check(spans: list[dict[str, Any]]) -> None:
    """Kinds, tree and tokens are those that were sent."""
    kinds = Counter(span["span_kind"] for span in spans)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    ids = {span["context"]["span_id"] for span in spans}
    roots = [span for span in spans if span["parent_id"] is None]
    _expect(all(span["parent_id"] in ids for span in spans if span not in roots), "a tree")
    _expect([root["name"] for root in roots] == ["invoke_agent nodriza"] * 3, "three turns")
    _expect(kinds["AGENT"] == 3 and kinds["GUARDRAIL"] == 3, "a guard in each turn")
    answered = [s for s in spans if s["span_kind"] == "LLM" and s["status_code"] != "ERROR"]
    _expect(len(answered) == CALLS, f"{CALLS} calls that were answered")
    for name, each in (("prompt", INPUT_TOKENS), ("completion", OUTPUT_TOKENS)):
        found = sum(span["attributes"][f"llm.token_count.{name}"] for span in answered)
        _expect(found == CALLS * each, f"{CALLS * each} tokens of {name}")
    failed = [s for s in spans if s["status_code"] == "ERROR"]
    _expect(bool(failed) and all(s["span_kind"] == "LLM" for s in failed), "the call that failed")
    _expect(kinds["TOOL"] == CALLS and kinds["RETRIEVER"] >= 1, "tools and retrieval")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"Phoenix does not show it: {what}")
    print(f"ok: {what}")


def _search(folder: Path, hers: Sequence[str]) -> None:
    """Neither her words nor her conversation's key are in any file of Phoenix."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    for file in files:
        content = file.read_bytes()
        for word in hers:
            for spelling in (word, json.dumps(word)[1:-1]):
                if spelling.encode() in content:
                    raise SystemExit(f"{word!r} is in {file}")
    size = sum(file.stat().st_size for file in files)
    print(
        f"ok: neither {len(HERS)} words of hers nor the key in {len(files)} files ({size:,} bytes)"
    )


def _take(url: str, picture: Path) -> None:
    """The first turn, with a call to the model open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 820})
        page.add_init_script("localStorage.setItem('arize-phoenix-theme', 'light')")
        page.goto(url)
        page.get_by_text("nodriza", exact=True).first.click()
        page.get_by_text("invoke_agent nodriza").last.click()
        tool = page.get_by_text("execute_tool jump_to")
        expect(tool).to_be_visible(timeout=30_000)
        page.get_by_text("chat scripted").first.click()
        expect(page.get_by_text("llm.token_count.total")).to_be_visible(timeout=30_000)
        page.screenshot(path=picture, animations="disabled")
        browser.close()
    print(picture)


if __name__ == "__main__":
    typer.run(main)
