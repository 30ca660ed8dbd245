"""The consultation desk on a real house: what it says of a consultation, its page, the batch."""

import csv
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter
from typer.testing import CliRunner

from agent.analysis import Given
from agent.consultation import LEADS, Consultation
from agent.service import Service
from agent.texts import load_texts
from cli import app as command_line
from records.handoffs import HandOffs
from records.store import Records
from tests.experts import fields, open_door, panel, sign_in
from tests.integration.conftest import Conversation, GraphServer
from tools.tree import Advice, Referral, Tree
from ui.experts.desk.batch_page import MOST
from ui.experts.desk.consultation_page import LIST
from ui.experts.desk.routes import desk
from ui.experts.ways import DESK

PAIN = (
    "Hola, soy madre primeriza y estoy un poco perdida con todo esto. Tiene 3 semanas y me duele"
    " mucho al darle el pecho, sobre todo al empezar, y mi suegra me dice que lo deje. ¿Qué hago?"
)
FEVER = "Mi bebé tiene fiebre desde ayer, 38,5. ¿Le sigo dando el pecho?"


def consultation(house: Service, text: str, **given: object) -> Consultation:
    return house.assistant.consultation(text, Given(**given))  # type: ignore[arg-type]


def test_a_consultation_is_told_in_full(unled: Service, tree: Tree) -> None:
    read = consultation(unled, PAIN)
    assert 0 < sum(len(span.text) for span in read.summary) < len(PAIN)
    assert all(read.text[span.start : span.end] == span.text for span in read.summary)
    assert len(read.entries) == 3
    shares = [entry.probability or 0.0 for entry in read.entries]
    assert shares == sorted(shares, reverse=True)
    assert [(fact.name, fact.value, fact.quote) for fact in read.facts] == [
        ("baby_age_days", 21.0, "3 semanas")
    ]
    assert read.danger is None
    bits = [question.bits for question in read.questions]
    assert bits == sorted(bits, reverse=True)
    first = read.questions[0]
    assert first.text == getattr(tree.by_id[first.node], "text", None)
    assert {option.leaves[0].label for option in first.options} == set(first.separates)
    assert first.text in read.draft.text
    assert "baby_age_days" not in [question.variable for question in read.questions]
    kept = TypeAdapter(Consultation)
    assert kept.validate_json(kept.dump_json(read)) == read


def test_answers_lead_to_one_leaf_and_its_text(unled: Service, tree: Tree) -> None:
    answers: dict[str, str] = {}
    read = consultation(unled, PAIN, entry="dolor-cuando")
    for _ in range(12):
        if read.draft.node:
            break
        asked = next(question for question in read.questions if question.options)
        answers[asked.node] = asked.options[0].id
        before = read.questions
        read = consultation(unled, PAIN, entry="dolor-cuando", answers=answers)
        assert asked.node not in [question.node for question in read.questions]
        assert read.questions != before
    assert read.draft.node is not None
    leaf = tree.by_id[read.draft.node]
    assert isinstance(leaf, Advice | Referral)
    assert read.draft.probability is not None
    assert read.draft.probability >= LEADS
    assert leaf.text.replace("**", "") in read.draft.text
    for name in leaf.sources:
        assert tree.source_by_id[name].url in read.draft.text
    assert {(one.node, one.answer) for one in read.answered} == set(answers.items())


def test_a_value_changes_the_danger_and_is_asked_no_more(unled: Service) -> None:
    doubtful = consultation(unled, FEVER)
    assert doubtful.danger is not None
    assert doubtful.danger.check
    assert doubtful.draft.text.startswith(doubtful.danger.check)
    young = consultation(unled, FEVER, values={"baby_age_days": 20.0})
    assert young.danger is not None
    assert young.danger.level == "emergency"
    assert young.draft.text.startswith(young.danger.title)
    assert "112" in "\n".join(young.draft.text.splitlines()[:4])
    assert all(young.text[s.start : s.end] == s.text for s in young.danger.spans)


def test_the_check_is_settled_by_its_answer(unled: Service) -> None:
    asked = consultation(unled, FEVER).danger
    assert asked is not None
    assert asked.level == "none"
    levels = {}
    for answer in ("sí", "no", "20 días y 38,5", "14 meses y 37"):
        found = unled.assistant.consultation(FEVER, checked=answer)
        assert found.danger is not None
        assert found.danger.checked == answer
        levels[answer] = found.danger.level
        assert bool(asked.check and asked.check in found.draft.text) is False
        assert ("112" in found.draft.text) == (found.danger.level == "emergency")
    assert list(levels.values()) == ["emergency", "none", "emergency", "none"]


def test_what_names_nothing_in_the_tree_is_left_out(unled: Service) -> None:
    given = {
        "answers": {"no-such": "a", "dolor-cuando": "no-such"},
        "values": {"shoe_size": 38.0},
        "entry": "no-such",
    }
    assert consultation(unled, PAIN, **given) == consultation(unled, PAIN)
    assert unled.assistant.consultation(PAIN, chosen="no-such") == consultation(unled, PAIN)


def test_who_says_too_little_is_asked_for_more(unled: Service) -> None:
    assert consultation(unled, "hola").draft.text == load_texts("es")("agent.tell_more")


# The page


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def hand_offs(url: str) -> Iterator[HandOffs]:
    opened = HandOffs.open(url)
    yield opened
    opened.close()


@pytest.fixture
def expert(unled: Service, url: str, hand_offs: HandOffs) -> Iterator[TestClient]:
    records = Records.open(url)
    with open_door(url, records) as door:
        pages = desk(unled.assistant, hand_offs, load_texts("es"), door.access)
        yield sign_in(TestClient(panel(door, pages)))
    records.close()


def mark(expert: TestClient) -> dict[str, str]:
    return fields(expert.get(DESK).text)


def test_it_is_behind_the_panels_password_and_mark(expert: TestClient) -> None:
    stranger = TestClient(expert.app)
    for path in (DESK, LIST):
        assert stranger.post(path, data={"text": PAIN}).status_code == 401
        assert expert.post(path, data={"text": PAIN, "mark": "x" * 43}).status_code == 403
    assert stranger.get(DESK).status_code == 401


def test_a_pasted_consultation_is_read_and_kept_nowhere(expert: TestClient, tmp_path: Path) -> None:
    said = f"{PAIN} <script>alert(1)</script>"
    page = expert.post(DESK, data={**mark(expert), "text": said})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "<script>alert" not in page.text
    assert '<mark class="summary' in page.text
    assert "suegra" in page.text
    for file in tmp_path.rglob("*"):
        assert b"suegra" not in file.read_bytes()


@pytest.mark.parametrize(("text", "told"), [(" \n", "Pega una consulta"), ("a" * 8001, "8001")])
def test_what_cannot_be_read_is_said(expert: TestClient, text: str, told: str) -> None:
    refused = expert.post(DESK, data={**mark(expert), "text": text})
    assert refused.status_code == 422
    assert told in refused.text


def test_an_edited_draft_survives_what_is_marked(expert: TestClient) -> None:
    sent = {**mark(expert), "text": PAIN}
    first = expert.post(DESK, data=sent).text
    proposed = unescape(fields(first)["proposed"])
    written = {**sent, "proposed": proposed, "draft": "Hola, soy Ana.", "v.preterm": "sí"}
    marked = {**written, "q.dolor-cuando": "inicio-toma", "entry": "dolor-cuando"}
    again = expert.post(DESK, data=marked).text
    assert "Hola, soy Ana.</textarea>" in again
    assert unescape(fields(again)["proposed"]) == proposed  # what the expert began from
    fresh = expert.post(DESK, data={**marked, "fresh": "1"}).text
    assert "Hola, soy Ana.</textarea>" not in fresh


def test_a_wrong_value_is_quoted_beside_its_field(expert: TestClient) -> None:
    page = expert.post(DESK, data={**mark(expert), "text": PAIN, "v.baby_age_days": "99 años"})
    assert "«99 años» está fuera de lo posible" in page.text
    assert 'aria-invalid="true"' in page.text


def test_a_hand_off_is_opened_with_what_is_known_and_answered(
    unled: Service, expert: TestClient, hand_offs: HandOffs, url: str
) -> None:
    mother = Conversation(unled.assistant)
    mother.say("Me duele mucho al darle el pecho, sobre todo al empezar. Tiene 3 semanas.")
    for _ in range(6):
        assert mother.last is not None
        if mother.last.replied.kind != "question":
            break
        mother.press(mother.last.replied.options[0])
    records = Records.open(url)
    copied(mother, records)
    assert hand_offs.add(mother.thread, "LO QUE QUIERO PREGUNTAR\n¿y si sangra?\n\nRESUMEN")
    [waiting] = hand_offs.waiting()
    page = expert.get(DESK, params={"bandeja": waiting.id}).text
    unled.assistant.erase(mother.thread)
    assert "sobre todo al empezar" in page
    assert "Contestada: " in page
    form = {name: unescape(value) for name, value in fields(page).items()}
    drafted = json.loads(form["proposed"])
    sent = {**form, "text": "me duele", "draft": "Hola, soy Ana.", "action": "send"}
    done = expert.post(DESK, data=sent).text
    assert "La leerá en su conversación" in done
    assert "<ins>" in done
    [kept] = hand_offs.drafted()
    assert (kept.thread, kept.sent, kept.draft.text) == (
        *(mother.thread, "Hola, soy Ana."),
        drafted["text"],
    )
    assert kept.draft.node == drafted["node"]
    assert records.events(mother.thread)[-1].event.type == "person_replied"
    gone = expert.post(DESK, data=sent).text
    assert "ya no espera respuesta" in gone
    assert expert.get(DESK, params={"bandeja": waiting.id}).status_code == 404
    records.close()


def copied(mother: Conversation, records: Records) -> None:
    """Write her conversation into another record."""
    turns: list[list[object]] = []
    for event in mother.history:
        if event.type == "message_received":
            turns.append([])
        turns[-1].append(event)
    settings = {"tree": "lactancia", "navigator": "semantic", "model": None}
    for number, (message, *rest) in enumerate(turns):
        key = str(number)
        records.begin(mother.thread, key, message, owner="test", **settings)  # type: ignore[arg-type]
        records.finish(mother.thread, key, rest)  # type: ignore[arg-type]


def upload(expert: TestClient, content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    found = expert.post(LIST, data=mark(expert), files={"file": ("c.csv", data, "text/csv")})
    assert found.status_code == 200
    return found.text


def test_many_are_a_table_with_a_download(expert: TestClient) -> None:
    page = upload(expert, f'id;texto\na1;"{PAIN}"\na2;\na3;{FEVER}\n')
    assert "Consultas: 3." in page
    assert page.count('<form method="post" action="/expertas/consulta" target="_blank">') == 2
    assert "Fila 3, columna «texto»: está vacía." in page
    [data] = re.findall(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    lines = list(csv.DictReader(b64decode(data).decode("utf-8-sig").splitlines()))
    assert [line["id"] for line in lines] == ["a1", "a2", "a3"]
    assert lines[0]["entry_1_node"]
    assert lines[1]["error"]


def test_a_file_that_is_too_large_or_no_table_is_refused(expert: TestClient) -> None:
    assert "demasiadas filas" in upload(expert, "texto\n" + "hola\n" * (MOST + 1))
    assert "demasiado grande" in upload(expert, b"texto\n" + b"x" * 1_000_001)
    assert "no hay ninguna columna «texto» / «text»" in upload(expert, "id,nada\n1,2\n")
    assert "vacío" in upload(expert, b"")


# The batch


def test_the_command_reads_a_file_and_loses_nothing(
    graph_server: GraphServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in graph_server.settings().items():
        monkeypatch.setenv(f"NODRIZA_{name.upper()}", value)
    monkeypatch.setenv("NODRIZA_DATA_FOLDER", str(tmp_path / "data"))
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_bytes(f"id;mensaje\na1;{PAIN}\na2;\na3;a;b\n".encode("latin-1"))
    command = ["analyse", str(given), "-o", str(out), "--column", "mensaje"]
    ran = CliRunner().invoke(command_line, command)
    assert ran.exit_code == 0, ran.output
    assert "Windows-1252" in ran.stderr
    assert "3 consultations, 2 with an error" in ran.stderr
    first, empty, broken = csv.DictReader(out.read_text("utf-8").splitlines())
    assert (first["id"], first["text"], first["error"]) == ("a1", PAIN, "")
    assert first["topics"].startswith("dolor-al-agarre 0.")
    assert first["facts"] == "baby_age_days=21.0 «3 semanas»"
    assert float(first["question_1_bits"]) >= float(first["question_2_bits"]) > 0
    assert empty["error"] == "row 3, column «mensaje»: it is empty"
    assert broken["text"] == "a3;a;b"
    assert "«a3;a;b»" in broken["error"]


@pytest.mark.parametrize(
    ("content", "more", "told"),
    [
        ("id;mensaje\n1;hola\n", [], "«id», «mensaje»"),
        ("texto\nhola\n", ["-o", "IN"], "is there already"),
    ],
)
def test_the_command_tells_what_it_cannot_use(
    tmp_path: Path, content: str, more: list[str], told: str
) -> None:
    given = tmp_path / "in.csv"
    given.write_text(content, "utf-8")
    options = [str(given) if option == "IN" else option for option in more]
    ran = CliRunner().invoke(command_line, ["analyse", str(given), *options])
    assert ran.exit_code != 0
    assert told in str(ran.exception)
