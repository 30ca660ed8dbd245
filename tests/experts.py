"""Signing in to the experts' panel, for tests of whatever is in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from pydantic import SecretStr

from agent.texts import load_texts
from records.accounts import Accounts
from records.audit import Audit
from records.database import open_database
from records.exports import Exports
from records.sessions import Sessions
from records.store import Records
from ui.experts.access.attempts import Attempts
from ui.experts.access.doors import Access
from ui.experts.access.refused import guard
from ui.experts.access.roster import Roster
from ui.experts.access.sign_in import sign_in_pages
from ui.experts.ways import SIGN_IN

NAME, PASSWORD = "ana", "una contraseña larga"


@dataclass(frozen=True)
class Door:
    """The access to a panel under test, and what it stands on."""

    access: Access
    accounts: Accounts
    audit: Audit
    exports: Exports


@contextmanager
def open_door(
    url: str,
    records: Records,
    *,
    idle: timedelta = timedelta(hours=1),
    password: str = PASSWORD,
) -> Iterator[Door]:
    """The access to the panel of one database. NAME is its admin, with PASSWORD."""
    engine = open_database(url)
    accounts, audit = Accounts(engine), Audit(engine)
    sessions = Sessions(engine, idle=idle, longest=timedelta(hours=12))
    roster = Roster(accounts, NAME, SecretStr(password))
    yield Door(Access(roster, sessions, audit, records, "ES"), accounts, audit, Exports(engine))
    engine.dispose()


def panel(door: Door, *routers: APIRouter, attempts: Attempts | None = None) -> FastAPI:
    """An application with some of the panel's pages and the sign-in."""
    app, texts = FastAPI(docs_url=None, openapi_url=None), load_texts("es")
    guard(app, door.audit, texts)
    app.include_router(sign_in_pages(door.access, door.accounts, texts, attempts))
    for router in routers:
        app.include_router(router)
    return app


def fields(html: str) -> dict[str, str]:
    """The hidden fields of a page's first form."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))


def sign_in(client: TestClient, name: str = NAME, password: str = PASSWORD) -> TestClient:
    """Signs a client in; returns it."""
    mark = fields(client.get(SIGN_IN).text)["mark"]
    given = {"name": name, "password": password, "mark": mark}
    response = client.post(SIGN_IN, data=given, follow_redirects=False)
    assert response.status_code == 303, response.status_code
    return client


def sign_in_page(page: Page, address: str, name: str, password: str) -> None:
    """Signs a browser's page in, at the panel of the server at `address`."""
    page.goto(f"{address.rstrip('/')}{SIGN_IN}")
    page.locator('input[name="name"]').fill(name)
    page.locator('input[name="password"]').fill(password)
    page.locator("main form button").last.click()
    page.wait_for_url(lambda url: SIGN_IN not in url)
