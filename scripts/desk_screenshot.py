"""Takes the picture of the consultation desk in the experts' guide from a running Nodriza.

    NODRIZA_EXPERTS_PASSWORD=… python -m scripts.desk_screenshot --url http://127.0.0.1:7860

Pastes a consultation, marks an answer and works it out again. Needs Chromium (make deps).
"""

import os
import re
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page, expect, sync_playwright

from scripts.screenshots import CHROMIUM

TEXT = (
    "Hola, soy madre primeriza. Mi hijo tiene 10 días y no para de llorar por las tardes. Desde"
    " ayer me duele mucho el pezón derecho al darle el pecho, sobre todo al empezar, y me sale"
    " aplastado. Mi madre dice que le dé biberón porque no tengo leche suficiente, yo no sé qué"
    " hacer. ¿Me podéis ayudar? Gracias"
)


def main(
    url: Annotated[str, typer.Option(help="The running page.")] = "http://127.0.0.1:7860",
    out: Annotated[Path, typer.Option(help="The folder of the picture.")] = Path("docs/images"),
    user: Annotated[str, typer.Option(help="The experts' user.")] = "experta",
) -> None:
    """Take expert-desk.png."""
    password = os.environ.get("NODRIZA_EXPERTS_PASSWORD", "")
    if not password:
        raise typer.BadParameter("NODRIZA_EXPERTS_PASSWORD is not set: the page needs it")
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1280, "height": 1150},
            locale="es-ES",
        )
        page = context.new_page()
        page.goto(f"{url}/expertas/entrar?a=/expertas/consulta")
        page.get_by_label("Nombre").fill(user)
        page.get_by_label("Contraseña").fill(password)
        page.get_by_role("button", name="Entrar").click()
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
