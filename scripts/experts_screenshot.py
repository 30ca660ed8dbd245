"""A browser's page that is signed in to the experts' panel of a running Nodriza, for pictures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import quote

import typer
from playwright.sync_api import Browser, Page, ViewportSize

Url = Annotated[str, typer.Option(help="The running page.")]
User = Annotated[str, typer.Option(help="The experts' user.")]


@contextmanager
def signed_in(browser: Browser, url: str, user: str, path: str, height: int) -> Iterator[Page]:
    """A page 1280 pixels wide at a path of the panel, with the password of the environment."""
    password = os.environ.get("NODRIZA_EXPERTS_PASSWORD", "")
    if not password:
        raise typer.BadParameter("NODRIZA_EXPERTS_PASSWORD is not set: the page needs it")
    size = ViewportSize(width=1280, height=height)
    context = browser.new_context(viewport=size, locale="es-ES")
    page = context.new_page()
    page.goto(f"{url}/expertas/entrar?a={quote(path)}")
    page.get_by_label("Nombre").fill(user)
    page.get_by_label("Contraseña").fill(password)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url(f"**{path}")
    yield page
    context.close()
