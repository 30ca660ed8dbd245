"""Who gets into the experts' panel, and what each may do there: every route that there is."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from agent.service import Service
from agent.settings import load_settings
from agent.texts import load_texts
from records.audit import Audit, Entry, Sought
from records.database import SESSIONS, open_database
from records.events import Event, MessageReceived, PersonReplied, Rated, Replied
from records.handoffs import HandOffs
from records.judgements import Judgements
from records.learnt.lessons import Lessons
from records.store import RecordError, Records
from tests.experts import NAME, PASSWORD, Door, fields, open_door, panel, sign_in
from ui.experts.access.attempts import Attempts
from ui.experts.access.doors import COOKIE, own_path
from ui.experts.access.erase import erase_pages
from ui.experts.access.export import export_pages
from ui.experts.access.permissions import ROLES
from ui.experts.access.reading import Reading
from ui.experts.access.sign_in import sign_in_pages
from ui.experts.assembly import Panel, experts_pages
from ui.experts.judging.sign import USE
from ui.experts.learnt.routes import EXAMPLES, FILES
from ui.experts.replay.rerun import rerun_pages
from ui.experts.ways import (
    ACCOUNTS,
    AGREEMENT,
    AUDIT,
    CONVERSATION,
    ERASE,
    EXPORT,
    HOME,
    JUDGE,
    LEARNT,
    MY_ACCOUNT,
    REPLAY,
    REVEAL,
    REVIEW,
    SIGN,
    SIGN_IN,
    SIGN_OUT,
    WHAT_IF,
    address,
)

TEXT = "Hola, soy Lucía, de Getafe. Mi hija tiene 3 semanas y me duele. Llámame al 612345678"
OTHERS = {"eva": "expert", "inés": "researcher", "olga": "admin"}
PAGE = {"accept": "text/html,*/*"}
OPEN = {
    *((SIGN_IN, "GET"), (SIGN_IN, "POST"), (SIGN_OUT, "POST")),
    ("/expertas/assets/{name}", "GET"),
}
"""What anybody may ask for."""
NEEDS: dict[str, set[str]] = {
    HOME: set(ROLES),
    CONVERSATION: set(ROLES),
    MY_ACCOUNT: set(ROLES),
    ACCOUNTS: {"admin"},
    AUDIT: {"admin"},
    REVEAL: {"expert", "admin"},
    EXPORT: {"researcher", "admin"},
    ERASE: {"admin"},
    "/expertas/bandeja": {"expert", "admin"},
    "/expertas/consulta": {"expert", "admin"},
    "/expertas/consulta/lista": {"expert", "admin"},
    REPLAY: set(ROLES),
    WHAT_IF: set(ROLES),
    JUDGE: set(ROLES),
    REVIEW: set(ROLES),
    AGREEMENT: set(ROLES),
    SIGN: {"expert", "admin"},
    USE: {"expert", "admin"},
    LEARNT: set(ROLES),
    EXAMPLES: set(ROLES),
    f"{FILES}/{{name}}.csv": set(ROLES),
}
"""Who may, by path. A page that is not here has no permission that anybody thought of."""


MOST_OF_STRANGERS = 60
"""Lines of the log in an hour."""


def talk(records: Records, thread: str, *texts: str) -> None:
    for number, text in enumerate(texts):
        records.begin(
            thread,
            str(number),
            MessageReceived(text=text),
            owner="a",
            tree="es@1",
            navigator="menu",
            model=None,
        )
        said: list[Event] = [Replied(kind="answer", text="Así, Lucía.", node="n")]
        records.finish(thread, str(number), said)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('access')}/records.db"


@pytest.fixture(scope="module")
def records(url: str) -> Iterator[Records]:
    with closing(Records.open(url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def hand_offs(url: str) -> Iterator[HandOffs]:
    with closing(HandOffs.open(url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def door(url: str, records: Records) -> Iterator[Door]:
    with open_door(url, records) as opened:
        for name, role in OTHERS.items():
            opened.accounts.add(name, role, PASSWORD)
        yield opened


@pytest.fixture(scope="module")
def lessons(url: str) -> Iterator[Lessons]:
    with closing(Lessons.open(url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(
    unled: Service, door: Door, records: Records, hand_offs: HandOffs, lessons: Lessons, url: str
) -> Iterator[list[APIRouter]]:
    """All pages, as the product lists them, over a record of their own."""
    judgements = Judgements(open_database(url))
    shared = Panel(door.access, door.accounts, door.exports, judgements, lessons, load_settings())
    service = replace(unled, records=records)
    yield experts_pages(shared, service, hand_offs, load_texts("es"), {})
    judgements.close()


@pytest.fixture(scope="module")
def app(pages: list[APIRouter], door: Door) -> FastAPI:
    return panel(door, *pages[1:])  # the sign-in is there


def routes() -> list[tuple[str, str]]:
    """Every path and method, from the product's own list; what it stands on is not looked at."""
    return sorted((path, method) for path in NEEDS for method in ("GET", "POST"))


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def expert(app: FastAPI, name: str) -> TestClient:
    client = TestClient(app, follow_redirects=False)
    return sign_in(client, name)


@pytest.fixture(scope="module")
def people(app: FastAPI) -> dict[str, TestClient]:
    """One signed in of each role."""
    return {role: expert(app, name) for name, role in OTHERS.items()}


@pytest.fixture
def thread(records: Records) -> str:
    name = f"t{datetime.now(UTC).timestamp()}"
    talk(records, name, TEXT)
    return name


def newest(door: Door, who: str = "", action: str = "", thread: str = "") -> Entry:
    return door.audit.entries(Sought(who, action, thread), limit=1)[0]


def all_routes(pages: list[APIRouter]) -> list[tuple[str, str]]:
    """Every path and method that there is."""
    there = [it for router in pages for it in router.routes if isinstance(it, APIRoute)]
    return sorted((route.path, method) for route in there for method in route.methods or ())


def test_each_route_has_a_permission_here(pages: list[APIRouter]) -> None:
    there = set(all_routes(pages))
    assert {path for path, _ in there - OPEN} == set(NEEDS)
    assert there >= OPEN


def test_nothing_is_open_without_a_session(
    pages: list[APIRouter], stranger: TestClient, door: Door
) -> None:
    for path, method in all_routes(pages):
        if (path, method) in OPEN:
            continue
        before = door.audit.count(Sought(action="refused"))
        for cookie in (None, "x" * 43, "a b,%00"):
            headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}"}
            answer = stranger.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path, cookie)
        if before < MOST_OF_STRANGERS - 3:
            written = door.audit.entries(Sought(action="refused"), limit=3)
            assert [(one.who, one.path, one.status) for one in written] == [("–", path, 401)] * 3
            assert [one.about for one in written] == ["session", "session", None]
    for _ in range(MOST_OF_STRANGERS):
        stranger.get(AUDIT)
    assert door.audit.count(Sought(who="–", action="refused")) == MOST_OF_STRANGERS


@pytest.mark.parametrize(("path", "method"), routes())
def test_each_role_may_do_what_it_may_and_nothing_else(
    pages: list[APIRouter], people: dict[str, TestClient], door: Door, path: str, method: str
) -> None:
    if (path, method) not in all_routes(pages):
        return
    for role, client in people.items():
        answer = client.request(method, path, headers=PAGE)
        may = role in NEEDS[path]
        if method == "POST":
            # Without a mark, or without its fields, nobody may.
            assert answer.status_code in (403, 422), (role, answer.status_code)
            written = newest(door)
            assert (written.action, written.role, written.path) == ("refused", role, path)
        elif may:
            assert answer.status_code in (200, 404, 422), (role, answer.status_code)
        if not may:
            assert answer.status_code == 403, (role, answer.status_code)
            assert newest(door).status == 403
            assert method == "POST" or "no lo puede hacer tu cuenta" in answer.text


def test_what_is_judged_is_in_the_log(
    people: dict[str, TestClient], door: Door, thread: str
) -> None:
    page = people["expert"].get(address(CONVERSATION, thread), headers=PAGE).text
    given = {"c": thread, "verdict": "right", "mark": fields(page)["mark"]}
    assert people["expert"].post(JUDGE, data=given).status_code == 303
    written = newest(door)
    assert (written.action, written.who, written.thread) == ("judge", "eva", thread)


def test_a_page_leads_to_the_sign_in_and_back(app: FastAPI, stranger: TestClient) -> None:
    asked = stranger.get(f"{REPLAY}?c=x", headers=PAGE)
    assert asked.status_code == 303
    assert asked.headers["location"] == f"{SIGN_IN}?a=%2Fexpertas%2Frepetir%3Fc%3Dx"
    form = fields(stranger.get(asked.headers["location"]).text)
    assert form["to"] == "/expertas/repetir?c=x"
    inside = stranger.post(SIGN_IN, data={**form, "name": "EVA", "password": PASSWORD})
    assert (inside.status_code, inside.headers["location"]) == (303, form["to"])
    cookie = next(one for one in inside.headers.get_list("set-cookie") if COOKIE in one)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/expertas" in cookie
    assert "Secure" not in cookie
    again = stranger.get(SIGN_IN)
    assert (again.status_code, again.headers["location"]) == (303, "/expertas/")


def test_over_https_the_cookie_stays_there(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    form = fields(client.get(SIGN_IN).text)
    inside = client.post(SIGN_IN, data={**form, "name": "eva", "password": PASSWORD})
    assert all("Secure" in one for one in inside.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.org/expertas/",
        "//example.org/expertas/",
        "/expertas//example.org",
        "/expertas/../salud",
        "/expertas/\\example.org",
        "/otra",
        "/expertasx",
        "javascript:alert(1)",
        "/expertas/entrar?a=/expertas/entrar",
        "/expertas/a\r\nSet-Cookie: x=y",
        "http://[",
        "",
    ],
)
def test_after_signing_in_one_stays_here(wanted: str) -> None:
    assert own_path(wanted) == "/expertas/"


def test_signing_out_ends_the_session(app: FastAPI, door: Door) -> None:
    client = expert(app, "eva")
    token = client.cookies[COOKIE]
    mark = fields(client.get(MY_ACCOUNT).text)["mark"]
    assert client.post(SIGN_OUT, data={"mark": "x"}).status_code == 403
    assert client.post(SIGN_OUT, data={"mark": mark}).headers["location"] == SIGN_IN
    assert newest(door).action == "signed_out"
    assert client.get(MY_ACCOUNT, headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


def test_an_expired_session_is_none(app: FastAPI, door: Door, url: str) -> None:
    door.accounts.add("vieja", "expert", PASSWORD)
    client = expert(app, "vieja")
    assert client.get(MY_ACCOUNT).status_code == 200
    engine = open_database(url)
    with engine.begin() as connection:
        its = SESSIONS.update().where(SESSIONS.c.account == "vieja")
        connection.execute(its.values(used_at=datetime.now(UTC) - timedelta(hours=2)))
    engine.dispose()
    assert client.get(MY_ACCOUNT).status_code == 401
    told = client.post(MY_ACCOUNT, headers=PAGE)
    assert told.status_code == 401
    assert "Tu sesión ha terminado" in told.text


def test_a_disabled_account_is_out_at_once(app: FastAPI, door: Door) -> None:
    door.accounts.add("rosa", "expert", PASSWORD)
    client = expert(app, "rosa")
    door.accounts.set_role("rosa", "researcher")
    assert client.get("/expertas/bandeja").status_code == 403, "a role counts at once, too"
    door.accounts.disable("rosa")
    assert client.get(MY_ACCOUNT).status_code == 401


def test_ones_own_password(app: FastAPI, door: Door) -> None:
    door.accounts.add("sara", "expert", PASSWORD)
    here, elsewhere = expert(app, "sara"), expert(app, "sara")

    def change(**given: str) -> str:
        form = fields(here.get(MY_ACCOUNT).text)
        return here.post(MY_ACCOUNT, data={"mark": form["mark"], **given}).text

    new = "otra frase también larga"
    assert "de ahora no es correcta" in change(password="no es", new=new, again=new)
    assert "no son iguales" in change(password=PASSWORD, new=new, again=new + "!")
    assert "Al menos 12 caracteres" in change(password=PASSWORD, new="corta", again="corta")
    assert elsewhere.get(MY_ACCOUNT).status_code == 200
    assert "Contraseña cambiada" in change(password=PASSWORD, new=new, again=new)
    assert elsewhere.get(MY_ACCOUNT).status_code == 401
    assert here.get(MY_ACCOUNT).status_code == 200
    assert newest(door, who="sara", action="password_changed").about == "sara"
    built_in = expert(app, NAME)
    assert "NODRIZA_EXPERTS_PASSWORD" in built_in.get(MY_ACCOUNT).text


# Guessing


def attempt(client: TestClient, name: str, password: str) -> tuple[int, str]:
    form = fields(client.get(SIGN_IN).text)
    answer = client.post(SIGN_IN, data={**form, "name": name, "password": password})
    return answer.status_code, answer.headers.get("retry-after", "")


def guarded(door: Door, attempts: Attempts, host: str = "192.0.2.1") -> TestClient:
    app = FastAPI()
    app.include_router(sign_in_pages(door.access, door.accounts, load_texts("es"), attempts))
    return TestClient(app, client=(host, 1234), follow_redirects=False)


def test_many_failures_close_the_door_for_a_while(door: Door) -> None:
    attempts = Attempts("3/minute", "100/minute")
    client = guarded(door, attempts)
    assert attempt(client, NAME, PASSWORD)[0] == 303
    client.cookies.clear()
    for name, password in (("nadie", "x"), (NAME, "x"), ("eva", "")):
        assert attempt(client, name, password) == (401, "")
    status, wait = attempt(client, NAME, PASSWORD)
    assert status == 429
    assert 0 < int(wait) <= 61
    elsewhere = guarded(door, attempts, "192.0.2.2")
    assert attempt(elsewhere, NAME, PASSWORD)[0] == 303


def test_success_does_not_give_a_guesser_a_fresh_start(door: Door) -> None:
    client = guarded(door, Attempts("3/minute", "100/minute"))
    for _ in range(3):
        assert attempt(client, "eva", "x")[0] == 401
        attempt(client, NAME, PASSWORD)
        client.cookies.clear()
    assert attempt(client, NAME, PASSWORD)[0] == 429


def test_one_account_is_guessed_from_many_places(door: Door) -> None:
    attempts = Attempts("100/minute", "3/minute")
    for host in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        assert attempt(guarded(door, attempts, host), "Éva" if host[-1] == "9" else "EVA", "x")[0]
    assert attempt(guarded(door, attempts, "192.0.2.4"), "eva", PASSWORD)[0] == 429
    assert attempt(guarded(door, attempts, "192.0.2.4"), "olga", PASSWORD)[0] == 303


def test_one_ipv6_network_is_one_visitor(door: Door) -> None:
    attempts = Attempts("3/minute", "100/minute")
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"):
        assert attempt(guarded(door, attempts, host), NAME, "x")[0] == 401
    assert attempt(guarded(door, attempts, "2001:db8::4"), NAME, PASSWORD)[0] == 429
    assert attempt(guarded(door, attempts, "2001:db8:0:1::4"), NAME, PASSWORD)[0] == 303


def test_who_fails_is_written_down_and_what_was_typed_is_not(
    stranger: TestClient, door: Door
) -> None:
    attempt(stranger, "Eva", "mi contraseña secreta")
    assert (newest(door).who, newest(door).action) == ("eva", "sign_in_failed")
    attempt(stranger, "mi contraseña secreta", "")
    assert (newest(door).who, newest(door).status) == ("–", 401)
    assert "secreta" not in repr(list(door.audit.every(Sought())))


# What she told


def test_personal_data_are_masked_until_they_are_revealed(
    people: dict[str, TestClient], hand_offs: HandOffs, door: Door, thread: str
) -> None:
    assert hand_offs.add(thread, f"LO QUE HE CONTADO\n{TEXT}")
    number = next(one.id for one in hand_offs.waiting() if one.thread == thread)
    client = people["expert"]
    inbox, desk = "/expertas/bandeja", f"/expertas/consulta?bandeja={number}"
    for page in (inbox, desk):
        shown = client.get(page).text
        assert "Lucía" not in shown
        assert "612345678" not in shown
        assert "3 semanas" in shown
    assert newest(door, thread=thread).action == "read"
    form = fields(client.get(desk).text)
    assert form["c"] == thread
    assert client.post(REVEAL, data=form).headers["location"] == desk
    assert newest(door, thread=thread).action == "reveal"
    assert "612345678" in client.get(desk).text
    assert "Lucía" in client.get(inbox).text
    # For this session and this conversation only.
    assert "612345678" not in people["admin"].get(desk).text
    assert client.post(REVEAL, data={**form, "what": "hide"}).status_code == 303
    assert "612345678" not in client.get(desk).text
    forged = client.post(REVEAL, data={**form, "c": "forged"}, headers=PAGE)
    assert forged.status_code == 404
    assert (newest(door).action, newest(door).status) == ("refused", 404)
    assert people["researcher"].post(REVEAL, data=form).status_code == 403


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_leads_anybody_to_what_is_refused(
    people: dict[str, TestClient], records: Records, hand_offs: HandOffs, thread: str, role: str
) -> None:
    assert hand_offs.add(thread, "Quiero hablar con una persona")
    own = [path for path, roles in NEEDS.items() if role in roles and "{" not in path]
    its = [address(path, thread) for path in (CONVERSATION, REPLAY, WHAT_IF)]
    led: dict[str, str] = {}  # one way is enough for each page
    for path in (*own, *its):
        for way in re.findall(r'href="(/expertas/[^"]+)"', people[role].get(path).text):
            led.setdefault(re.split("[?#]", way)[0], unescape(way).partition("#")[0])
    assert WHAT_IF in led
    assert [way for way in led.values() if people[role].get(way).status_code == 403] == []


def test_a_list_is_masked_by_what_stands_later_and_each_look_is_written_down(
    app: FastAPI, door: Door, records: Records
) -> None:
    talk(records, "later", "Anabel tiene fiebre, la llevo con mi madre " + "x" * 60, "soy Anabel")
    told: list[tuple[str, str | None]] = []

    reading = Reading(records, {}, lambda action, of: told.append((action, of)), "ES")
    [found] = [one for one in reading.conversations(limit=500) if one.thread == "later"]
    assert found.first_words.startswith("•••••• tiene fiebre")
    assert len(found.first_words) == 81
    assert found.first_words.endswith("…")  # it says that there is more
    reading.conversation("later")
    events = reading.events("later")
    assert "Anabel" not in repr([one.event for one in events])
    assert reading.conversation("forged") is None
    assert reading.events("forged") == []
    assert told == [("list", None), ("read", "later")]
    records.erase("later")


def test_a_replay_is_masked(unled: Service, tmp_path: Path) -> None:
    thread = f"masked{tmp_path.name}"
    list(unled.assistant.reply(thread, "0", "Soy Lucía y me duele al dar el pecho"))
    with open_door(f"sqlite:///{tmp_path}/a.db", unled.records) as door:
        pages = rerun_pages(unled.house, load_texts("es"), door.access)
        client = sign_in(TestClient(panel(door, pages)))
        for path in (REPLAY, WHAT_IF):
            shown = client.get(path, params={"c": thread}).text
            assert "me duele al dar el pecho" in shown
            assert "Lucía" not in shown
        form = fields(shown)
        run = client.post(WHAT_IF, data={**form, "turn": 1, "words": ""}).text
        assert "me duele al dar el pecho" in run
        assert "Lucía" not in run
    unled.assistant.erase(thread)


# Export and erasure


def exported(client: TestClient, **given: str) -> str:
    mark = fields(client.get(EXPORT).text)["mark"]
    answer = client.post(EXPORT, data={"mark": mark, **given})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith('attachment; filename="nodriza-')
    return answer.text


def test_an_export_is_masked_numbered_and_entered(
    people: dict[str, TestClient], records: Records, door: Door, thread: str
) -> None:
    records.note(thread, Rated(node="n", helped=True, comment="=HYPERLINK(1)"))
    lines = exported(people["researcher"], format="jsonl").splitlines()
    told = [json.loads(line) for line in lines]
    register = door.exports.all()[0]
    assert (register.who, register.format, register.masked) == ("inés", "jsonl", True)
    assert [one["conversation"] for one in told] == [
        f"{register.id}-{n}" for n in range(1, register.conversations + 1)
    ]
    last = told[-1]
    assert [one["who"] for one in last["said"]] == ["mother", "program", "mother"]
    assert "Lucía" not in lines[-1]
    assert thread not in "".join(lines)
    assert "3 semanas" in lines[-1]
    assert (newest(door).action, newest(door).about) == ("export", str(register.id))
    rows = list(csv.DictReader(io.StringIO(exported(people["admin"], q="duele").lstrip("\ufeff"))))
    assert rows[-1]["text"] == "'=HYPERLINK(1)"
    assert "Lucía" not in repr(rows)
    whole = exported(people["admin"], unmasked="1", **{"from": "2026-01-01"})
    assert "Lucía" in whole
    mark = fields(people["researcher"].get(EXPORT).text)["mark"]
    refused = people["researcher"].post(EXPORT, data={"mark": mark, "unmasked": "1"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"from": "ayer"}, "«ayer» no es un día"),
        ({"to": "9999-12-31"}, "«9999-12-31» no se ha tenido en cuenta"),
        ({"from": "2026-02-02", "to": "2026-01-01"}, "está antes que el otro día"),
        ({"q": " ".join("abcdefghijklmnopqrstuvw")}, "de una a veinte palabras"),
        ({"format": "xlsx"}, "«xlsx» no es un formato. Vale: csv, jsonl."),
        ({"outcome": "<b>"}, "«&lt;b&gt;» no vale en «Resultado»"),
    ],
)
def test_what_cannot_be_exported_is_quoted(
    people: dict[str, TestClient], door: Door, given: dict[str, str], told: str
) -> None:
    before = len(door.exports.all())
    mark = fields(people["admin"].get(EXPORT).text)["mark"]
    answer = people["admin"].post(EXPORT, data={"mark": mark, **given})
    assert answer.status_code == 422
    assert told in answer.text
    assert "No se ha exportado nada." in answer.text
    assert len(door.exports.all()) == before


def test_an_erased_mother_is_gone_and_the_exports_that_hold_her_are_named(
    unled: Service, tmp_path: Path
) -> None:
    thread = f"erased{tmp_path.name}"
    list(unled.assistant.reply(thread, "0", TEXT))
    url = unled.records._engine.url.render_as_string(hide_password=False)
    with open_door(url, unled.records) as door:
        texts, access = load_texts("es"), door.access
        app = panel(
            door,
            export_pages(access, unled.records, door.exports, texts, "ES"),
            erase_pages(access, unled.records, door.exports, unled.assistant.erase, texts),
        )
        client = sign_in(TestClient(app))
        exported(client, format="csv")
        [(export, number)] = door.exports.holding(thread)
        form = fields(client.get(ERASE, params={"c": thread}).text.split("</nav>")[1])
        door.audit.note("x", None, "read", thread=thread)
        assert "No se ha borrado nada" in client.post(ERASE, data=form).text
        done = client.post(ERASE, data={**form, "confirmed": "1"})
        assert f"{export}-{number}" in done.text
        assert unled.records.conversation(thread) is None
        assert thread not in unled.house.checkpoints.threads()
        assert list(door.exports.all()[0].erased) == [number]
        assert door.audit.count(Sought(thread=thread)) == 0
        assert newest(door).action == "erase"
        assert thread not in repr(list(door.audit.every(Sought())))
        assert f"{export}-{number}" in client.get(EXPORT).text
        assert client.post(ERASE, data={**form, "confirmed": "1"}).status_code == 404


# Accounts and log


def account_form(client: TestClient, **given: str) -> str:
    mark = fields(client.get(ACCOUNTS).text)["mark"]
    return client.post(ACCOUNTS, data={"mark": mark, **given}).text


def test_an_admin_keeps_the_accounts(
    app: FastAPI, people: dict[str, TestClient], door: Door
) -> None:
    admin = people["admin"]
    added = account_form(admin, what="add", name="Nora <b>", role="expert", password=PASSWORD)
    assert "«Nora &lt;b&gt;» no vale como nombre" in added
    added = account_form(admin, what="add", name="Nora", role="expert", password=PASSWORD)
    assert "Nora ya puede entrar" in added
    assert (newest(door).action, newest(door).about) == ("account_added", "Nora · expert")
    for name in ("nora", NAME.upper()):
        told = account_form(admin, what="add", name=name, role="expert", password=PASSWORD)
        assert "Ya hay una cuenta" in told
    told = account_form(admin, what="add", name="x", role="reina", password=PASSWORD)
    assert "«reina» no es un papel" in told
    told = account_form(admin, what="add", name="x", role="expert", password="corta")
    assert "Al menos 12 caracteres" in told
    nora = expert(app, "Nora")
    assert nora.get("/expertas/bandeja").status_code == 200
    assert "Nora es ahora" in account_form(admin, what="role", name="nora", role="researcher")
    assert nora.get("/expertas/bandeja").status_code == 403
    new = PASSWORD + " nueva"
    assert "sesiones han terminado" in account_form(
        admin, what="password", name="Nora", password=new
    )
    assert nora.get(MY_ACCOUNT).status_code == 401
    assert sign_in(TestClient(app), "Nora", new)
    assert "ya no puede entrar" in account_form(admin, what="disable", name="Nora")
    assert attempt(TestClient(app), "Nora", new)[0] == 401
    assert "puede entrar otra vez" in account_form(admin, what="enable", name="Nora")
    for what in ("role", "disable"):
        told = account_form(admin, what=what, name="olga", role="expert")
        assert "Esta es tu cuenta" in told
    assert "No hay ninguna cuenta" in account_form(admin, what="disable", name="nadie")


def test_the_log_is_filtered_and_paged(people: dict[str, TestClient], door: Door) -> None:
    for _ in range(101):
        door.audit.note("paginada", "expert", "judge")
    shown = people["admin"].get(AUDIT, params={"who": "paginada"}).text
    assert "Del 1 al 100 de 101" in shown
    older = re.search(r'href="([^"]+p=2)"', shown)
    assert older
    assert "Del 101 al 101 de 101" in people["admin"].get(older[1].replace("&amp;", "&")).text
    none = people["admin"].get(AUDIT, params={"who": "paginada", "action": "erase"}).text
    assert "No hay nada que cumpla" in none
    wrong = people["admin"].get(AUDIT, params={"since": "<ayer>"}).text
    assert "«&lt;ayer&gt;» no es un día" in wrong
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    day = {"who": "paginada", "since": today, "until": today}
    assert "de 101" in people["admin"].get(AUDIT, params=day).text


def test_a_reply_is_written_down(
    people: dict[str, TestClient], hand_offs: HandOffs, records: Records, door: Door, thread: str
) -> None:
    assert hand_offs.add(thread, TEXT)
    number = next(one.id for one in hand_offs.waiting() if one.thread == thread)
    mark = fields(people["expert"].get(MY_ACCOUNT).text)["mark"]
    sent = {"hand_off": str(number), "reply": "Hola", "mark": mark}
    people["expert"].post("/expertas/bandeja", data=sent)
    assert isinstance(records.events(thread)[-1].event, PersonReplied)
    assert door.audit.count(Sought(thread=thread, action="reply")) == 1


def test_without_the_log_nothing_is_read(records: Records) -> None:
    engine = sa.create_engine("sqlite:////nowhere/at/all.db")

    broken = Audit(engine)
    reading = Reading(
        records, {}, lambda action, of: broken.note("x", None, action, thread=of), "ES"
    )
    with pytest.raises(RecordError):
        reading.conversations()
    engine.dispose()


def test_a_conversation_without_personal_data_says_so(
    people: dict[str, TestClient], records: Records, thread: str
) -> None:
    talk(records, "plain", "me duele al dar el pecho")
    shown = people["expert"].get(CONVERSATION, params={"c": "plain"}).text
    assert "No se ha encontrado ningún dato personal que tapar" in shown
    assert 'action="/expertas/mostrar"' not in shown
    masked = people["expert"].get(CONVERSATION, params={"c": thread}).text
    assert 'action="/expertas/mostrar"' in masked
    assert "Lucía" not in masked
    assert "Borrar los datos" not in masked
    for name in ("plain", thread):
        page = people["admin"].get(CONVERSATION, params={"c": name}).text
        assert "Borrar los datos" in page
    records.erase("plain")
