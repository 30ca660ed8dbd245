"""Takes the README's pictures of the chat from a running Nodriza.

    python -m scripts.screenshots --url http://127.0.0.1:7860 --out docs/images

Walks a short conversation through the page: a message, then the first quick reply of each question
until an answer comes. Needs Chromium (make deps).
"""

from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
MESSAGE = "Me duele mucho al darle el pecho, sobre todo al empezar. Tiene 3 semanas."
MAX_QUESTIONS = 8
SIZES = {
    "chat-desktop": ViewportSize(width=1280, height=860),
    "chat-phone": ViewportSize(width=390, height=844),
}


def main(
    url: Annotated[str, typer.Option(help="The running page.")] = "http://127.0.0.1:7860",
    out: Annotated[Path, typer.Option(help="The folder of the pictures.")] = Path("docs/images"),
    message: Annotated[str, typer.Option(help="What the mother says first.")] = MESSAGE,
) -> None:
    """Take chat-desktop.png and chat-phone.png."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, size in SIZES.items():
            picture = out / f"{name}.png"
            _picture(browser, url, message, size, picture)
            print(picture)
        browser.close()


def _picture(browser: Browser, url: str, message: str, size: ViewportSize, picture: Path) -> None:
    context = browser.new_context(viewport=size, locale="es-ES", device_scale_factor=2)
    page = context.new_page()
    page.goto(url)
    _converse(page, message)
    # A ring around the pressed button would look as if it were chosen.
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=picture, animations="disabled")
    context.close()


def _converse(page: Page, message: str) -> None:
    box = page.locator("#box textarea")
    box.fill(message)
    box.press("Enter")
    page.locator("#consent-buttons button").first.click()
    answer = page.locator("#log h2")
    quick = page.locator("#replies button:enabled").first
    asked = page.locator("#log .bot-row")
    for questions in range(2, MAX_QUESTIONS + 2):
        expect(asked).to_have_count(questions, timeout=60_000)
        expect(page.locator(".typing")).to_have_count(0, timeout=60_000)
        if answer.count():
            expect(quick).to_be_visible()
            return
        quick.click()
    raise typer.BadParameter(f"no answer after {MAX_QUESTIONS} questions to: {message}")


if __name__ == "__main__":
    typer.run(main)
