"""The screens that every page is looked at on, and what must be right on each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, cast

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

Scheme = Literal["light", "dark"]
SIZES = {"small": (360, 640), "phone": (390, 844), "desktop": (1280, 800)}
every_look = pytest.mark.parametrize("size", SIZES)
_LOOKS = 4
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@contextmanager
def looking(browser: Browser, address: str, size: str, scheme: str) -> Iterator[Page]:
    """A page of a size and a colour scheme, by somebody who has never been here."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme=cast("Scheme", scheme),
        locale="es-ES",
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(address)
    page.get_by_text("Hola, soy Nodriza").wait_for()
    try:
        yield page
    finally:
        context.close()


def until(page: Page, holds: str, arg: object = None) -> None:
    """Wait until a JavaScript function says true.

    Playwright's own waiting evaluates text in the page, which its security policy forbids.
    """
    for _ in range(200):
        if page.evaluate(holds, arg):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not within 20 s: {holds}")


def shown_wholly(page: Page) -> None:
    """Wait until a chat shows all of its last turn: what stands under a question comes last."""
    until(
        page,
        # The number is below zero until then.
        "() => !document.querySelector('#log .typing')"
        " && Number(document.querySelector('#heard input')?.value ?? -1) >= 0",
    )


def must_be_sound(page: Page, grave_only: bool = False) -> None:
    """Nothing is wider than the screen, and axe finds nothing; `grave_only` where Gradio is.

    Looked at again for a moment: a screen that is changing may be wrong in between.
    """
    for _ in range(_LOOKS):
        # A link that was just pressed may be leading to another page.
        page.wait_for_load_state("load")
        faults = _faults(page, grave_only)
        if not faults:
            return
        page.wait_for_timeout(500)
    raise AssertionError("\n".join(faults))


def _faults(page: Page, grave_only: bool) -> list[str]:
    wider = page.evaluate(
        "() => { const root = document.documentElement;"
        " return root ? root.scrollWidth - root.clientWidth : 1; }"
    )
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    grave = ("serious", "critical")
    ours = [it for it in found if not grave_only or it["impact"] in grave]
    told = [f"{it['id']}: {node['html']}" for it in ours for node in it["nodes"]]
    return [*([f"wider than the screen by {wider}"] if wider > 0 else []), *told]
