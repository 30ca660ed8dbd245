"""Takes the picture of the consultation desk in the experts' guide from a running Nodriza.

    NODRIZA_EXPERTS_PASSWORD=… python -m scripts.desk_screenshot --url http://127.0.0.1:7860

Pastes a consultation, marks an answer and works it out again. Needs Chromium (make deps).
"""

import re
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page, expect, sync_playwright

from scripts.experts_screenshot import Url, User, signed_in
from scripts.screenshots import CHROMIUM
from ui.experts.ways import DESK

TEXT = (
    "Hola, soy madre primeriza. Mi hijo tiene 10 días y no para de llorar por las tardes. Desde"
    " ayer me duele mucho el pezón derecho al darle el pecho, sobre todo al empezar, y me sale"
    " aplastado. Mi madre dice que le dé biberón porque no tengo leche suficiente, yo no sé qué"
    " hacer. ¿Me podéis ayudar? Gracias"
)


def main(
    url: Url = "http://127.0.0.1:7860",
    out: Annotated[Path, typer.Option(help="The folder of the picture.")] = Path("docs/images"),
    user: User = "experta",
) -> None:
    """Take expert-desk.png."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with signed_in(browser, url, user, DESK, 1150) as page:
            _work(page)
            page.screenshot(path=out / "expert-desk.png", animations="disabled")
        print(out / "expert-desk.png")
        browser.close()


def _work(page: Page) -> None:
    page.get_by_label("Pega aquí lo que ha escrito la madre").fill(TEXT)
    page.get_by_role("button", name="Analizar", exact=True).click()
    expect(page.locator(".paper mark").first).to_be_visible(timeout=60_000)
    page.get_by_role("radio", name="Me duele al dar el pecho").check()
    page.get_by_role("button", name=re.compile("Recalcular")).click()
    expect(page.get_by_role("radio", name="Me duele al dar el pecho")).to_be_checked()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


if __name__ == "__main__":
    typer.run(main)
