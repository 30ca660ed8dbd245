"""The experts' inbox over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from agent.texts import load_texts
from records.events import MessageReceived, PersonReplied, Replied
from records.handoffs import HandOffs
from records.store import Records
from tests.experts import Door, fields, open_door, panel, sign_in
from ui.experts.access.reveal import reveal_routes
from ui.experts.desk.inbox import inbox
from ui.experts.ways import INBOX

HOSTILE = 'me duele <script>alert(1)</script> & "mucho" </pre>'


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    opened = Records.open(url)
    said = MessageReceived(text="hola")
    opened.begin("thread1", "0", said, owner="a", tree="es@1", navigator="menu", model=None)
    opened.finish("thread1", "0", [Replied(kind="answer", text="Así.")])
    yield opened
    opened.close()


@pytest.fixture
def hand_offs(url: str, records: Records) -> Iterator[HandOffs]:
    opened = HandOffs.open(url)
    opened.add("thread1", HOSTILE)
    yield opened
    opened.close()


@pytest.fixture
def door(url: str, records: Records) -> Iterator[Door]:
    with open_door(url, records) as opened:
        yield opened


@pytest.fixture
def expert(hand_offs: HandOffs, door: Door) -> Iterator[TestClient]:
    app = panel(door, inbox(hand_offs, load_texts("es"), door.access), reveal_routes(door.access))
    with TestClient(app) as client:
        yield sign_in(client)


def answer_form(html: str) -> dict[str, str]:
    """The hidden fields of the form of the answer."""
    return fields(html[html.index(f'action="{INBOX}"') :])


def test_it_is_behind_the_sign_in(expert: TestClient) -> None:
    stranger = TestClient(expert.app)
    assert stranger.get(INBOX).status_code == 401
    assert stranger.post(INBOX, data={"hand_off": 1, "reply": "hola"}).status_code == 401


def test_an_expert_reads_and_answers(
    expert: TestClient, records: Records, hand_offs: HandOffs
) -> None:
    page = expert.get(INBOX).text
    assert "me duele &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "/expertas/conversacion?c=thread1" in page
    done = expert.post(INBOX, data={**answer_form(page), "reply": "Hola,\nsoy Ana. \x00"})
    assert "La leerá en su conversación" in done.text
    assert "no espera nadie" in done.text
    last = records.events("thread1")[-1].event
    assert isinstance(last, PersonReplied)
    assert last.text == "Hola,\nsoy Ana."
    assert hand_offs.waiting() == []


def test_what_was_answered_or_erased_is_said_to_be_gone(
    expert: TestClient, records: Records
) -> None:
    form = answer_form(expert.get(INBOX).text)
    records.erase("thread1")
    assert "ya no espera respuesta" in expert.post(INBOX, data={**form, "reply": "hola"}).text


def test_an_empty_answer_is_not_sent(expert: TestClient, hand_offs: HandOffs) -> None:
    form = answer_form(expert.get(INBOX).text)
    assert "antes de enviarla" in expert.post(INBOX, data={**form, "reply": "  \n"}).text
    assert len(hand_offs.waiting()) == 1


def test_a_form_of_another_site_is_refused(expert: TestClient, hand_offs: HandOffs) -> None:
    # It comes with the session, which the browser keeps, but cannot know the mark.
    form = answer_form(expert.get(INBOX).text)
    for mark in ("", "x" * 43, "ñ"):
        given = {"hand_off": form["hand_off"], "mark": mark, "reply": "spam"}
        assert expert.post(INBOX, data=given).status_code == 403
    expert.cookies.delete("nodriza_marca")
    assert expert.post(INBOX, data={**form, "reply": "spam"}).status_code == 403
    assert len(hand_offs.waiting()) == 1
