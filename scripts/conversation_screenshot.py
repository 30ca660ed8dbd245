"""Takes the experts' guide's pictures of the list and of a conversation from a running Nodriza.

    NODRIZA_EXPERTS_PASSWORD=… python -m scripts.conversation_screenshot --url http://127.0.0.1:7860

Has a conversation as a mother would, until an answer, and opens it as an expert. Needs Chromium
(make deps).
"""

from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.experts_screenshot import Url, User, signed_in
from scripts.screenshots import CHROMIUM, DESKTOP, until_an_answer
from ui.experts.ways import HOME


def main(
    url: Url = "http://127.0.0.1:7860",
    out: Annotated[Path, typer.Option(help="The folder of the pictures.")] = Path("docs/images"),
    user: User = "experta",
) -> None:
    """Take expert-list.png and expert-conversation.png."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _talk(browser, url)
        with signed_in(browser, url, user, HOME, 760) as page:
            _take(page, out / "expert-list.png")
            page.locator(".talks a").first.click()
            page.locator(".trace .step.moved").nth(1).click()
            _take(page, out / "expert-conversation.png")
        browser.close()


def _talk(browser: Browser, url: str) -> None:
    """A mother's conversation."""
    context = browser.new_context(viewport=DESKTOP, locale="es-ES")
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#country input")).to_have_value("España", timeout=60_000)
    until_an_answer(page)
    context.close()


def _take(page: Page, picture: Path) -> None:
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=picture, animations="disabled")
    print(picture)


if __name__ == "__main__":
    typer.run(main)
