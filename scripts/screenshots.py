"""Takes the pictures of the mothers' page from a running Nodriza.

    python -m scripts.screenshots --url http://127.0.0.1:7860 --out docs/images

Each scene is a browser of its own: the first screen, her consent, a question with the other problem
that comes afterwards, an answer, a danger at night. Needs Chromium (make deps).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PAIN = "Me duele mucho al darle el pecho, sobre todo al empezar. Tiene 3 semanas."
TWO_PROBLEMS = "Vuelvo a trabajar en un mes y tengo grietas"
DANGER = "Tiene 2 semanas, está muy dormido y no hay manera de despertarlo para comer"
MAX_QUESTIONS = 8
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=860)


@dataclass(frozen=True)
class Scene:
    """What a picture shows."""

    name: str
    size: ViewportSize
    play: Callable[[Page], None]
    """What happens on the page before it."""
    scheme: Literal["light", "dark"] = "light"


def main(
    url: Annotated[str, typer.Option(help="The running page.")] = "http://127.0.0.1:7860",
    out: Annotated[Path, typer.Option(help="The folder of the pictures.")] = Path("docs/images"),
) -> None:
    """Take a picture of each scene."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scene in SCENES:
            picture = out / f"{scene.name}.png"
            _picture(browser, url, scene, picture)
            print(picture)
        browser.close()


def _picture(browser: Browser, url: str, scene: Scene, picture: Path) -> None:
    context = browser.new_context(
        viewport=scene.size, locale="es-ES", color_scheme=scene.scheme, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#country input")).to_have_value("España", timeout=60_000)
    scene.play(page)
    # A ring around the pressed button would look as if it were chosen.
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=picture, animations="disabled")
    context.close()


def _write(page: Page, message: str) -> None:
    page.locator("#box textarea").fill(message)
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#consent")).to_be_visible()


def _say(page: Page, message: str) -> None:
    _write(page, message)
    page.locator("#consent-buttons button").first.click()
    _wait_for_reply(page, 2)


def _wait_for_reply(page: Page, bubbles: int) -> None:
    expect(page.locator("#log .bot-row")).to_have_count(bubbles, timeout=60_000)
    expect(page.locator(".typing")).to_have_count(0, timeout=60_000)
    expect(page.locator("#replies button:enabled").first).to_be_visible()


def until_an_answer(page: Page) -> None:
    """She tells of pain and takes the first option of each question."""
    _say(page, PAIN)
    for bubbles in range(3, MAX_QUESTIONS + 3):
        if page.locator("#log h2").count():
            return
        page.locator("#replies button:enabled").first.click()
        _wait_for_reply(page, bubbles)
    raise typer.BadParameter(f"no answer after {MAX_QUESTIONS} questions to: {PAIN}")


SCENES = (
    Scene("first-screen-phone", PHONE, lambda _page: None),
    Scene("consent-phone", PHONE, lambda page: _write(page, PAIN)),
    Scene("question-phone", PHONE, lambda page: _say(page, TWO_PROBLEMS)),
    Scene("chat-phone", PHONE, until_an_answer),
    Scene("chat-desktop", DESKTOP, until_an_answer),
    Scene("danger-phone-night", PHONE, lambda page: _say(page, DANGER), "dark"),
)


if __name__ == "__main__":
    typer.run(main)
