"""The pages of what is learnt: filters, tables, files, her words and who may read them."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from agent.texts import load_texts
from evaluation.learnt.plan import Plan
from evaluation.speed.generated_talks import write
from records.database import open_database
from records.learnt.lessons import Lessons
from records.store import Records
from tests.experts import open_door, panel, sign_in
from tests.learnt_talks import PLAN, UNREAD, Faults, talks
from tools.errors import GraphUnavailable
from ui.experts.learnt.routes import EXAMPLES, FILES, Learning, learnt_pages
from ui.experts.learnt.tables import NAMES
from ui.experts.ways import LEARNT


class ByFirstWord:
    """An encoder for which texts with a word in common mean the same."""

    name = "first word"

    def encode(self, texts: list[str], role: str) -> NDArray[np.float32]:
        return np.array(
            [[float("alfileres" in text), float("pinchara" in text)] for text in texts], np.float32
        )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A record in which one question confuses and another is not understood."""
    made = f"sqlite:///{tmp_path_factory.mktemp('learnt')}/records.db"
    engine = open_database(made)
    faults = Faults(confuses="leche", unread="sueno")
    write(engine, talks(400, 3, faults), 400, lambda _text: None)
    engine.dispose()
    return made


@pytest.fixture
def expert(url: str) -> Iterator[TestClient]:
    yield from signed_in(url, lambda _version: PLAN)


def hide(_request: Request, thread: str, text: str) -> str:
    """Masks a word; the conversation must be one that there is."""
    assert re.fullmatch(r"\d{5}", thread)
    return text.replace("como", "<b>")


def signed_in(url: str, plan_of: object) -> Iterator[TestClient]:
    """An expert at the pages; her words are masked."""
    lessons, records = Lessons.open(url), Records.open(url)
    learning = Learning(lessons, records.found, plan_of, ByFirstWord())  # type: ignore[arg-type]
    with open_door(url, records) as door:
        may = door.access.may("statistics")
        pages = learnt_pages(learning, load_texts("es"), may, hide)
        with TestClient(panel(door, pages)) as client:
            yield sign_in(client)
    lessons.close()
    records.close()


@pytest.mark.parametrize("path", [LEARNT, EXAMPLES, f"{FILES}/questions.csv"])
def test_they_are_behind_the_door(expert: TestClient, path: str) -> None:
    assert TestClient(expert.app).get(path).status_code == 401
    assert expert.get(path).status_code == 200


def test_what_stands_out_has_its_numbers_its_rule_and_its_conversations(expert: TestClient) -> None:
    shown = expert.get(LEARNT).text
    found = shown.split('<article class="found">')[1].split("</article>")[0]
    assert "Confunde: ¿Qué te hace pensar que tienes poca leche? (tema: Poca leche)" in found
    assert re.search(r"\d+ de \d+ veces: \d+\xa0%\xa0\(\d+–\d+\)\. En las demás preguntas", found)
    assert re.search(r"p corregida: &lt; 0,001\.", found)
    links = re.findall(r'href="(/expertas/conversacion\?c=\d{5}#t\d+-\d+)"', found)
    assert len(links) == 5
    assert "Convendría partir" not in shown
    assert "Esto dice cómo se portaron las madres" in shown


def test_a_filter_leaves_out_what_is_not_asked_for(expert: TestClient) -> None:
    every = expert.get(LEARNT).text
    assert "¿Cuándo notas el dolor?" in every
    one = expert.get(LEARNT, params={"topic": "sueno", "step": "week"}).text
    assert "¿Cuándo notas el dolor?" not in one
    assert "Tema: Noches; Dibujar por: semanas" in one
    assert '<option value="sueno" selected>' in one
    none = expert.get(LEARNT, params={"from": "2030-01-01"}).text
    assert "Todavía no hay nada que contar aquí." in none


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("topic", "<x>", "«&lt;x&gt;» no vale en «Tema» y no se ha tenido en cuenta. Vale: Dolor"),
        ("from", "ayer", "«ayer» no es un día"),
        ("most", "99", "Vale un número de 1 a 50."),
        ("most", "muchas", "«muchas» no vale en «Preguntas como mucho»"),
        ("step", "año", "Vale: días, semanas, meses"),
    ],
)
def test_what_cannot_be_is_said_and_left_out(
    expert: TestClient, name: str, value: str, told: str
) -> None:
    shown = expert.get(LEARNT, params={name: value})
    assert shown.status_code == 200
    assert told in shown.text
    assert "¿Cuándo notas el dolor?" in shown.text


def test_a_period_that_ends_before_it_begins(expert: TestClient) -> None:
    shown = expert.get(LEARNT, params={"from": "2026-11-02", "to": "2026-11-01"}).text
    assert "El día 2026-11-02 está después del 2026-11-01" in shown


def test_every_table_is_a_file_with_the_ends_of_its_intervals(expert: TestClient) -> None:
    for name in NAMES:
        sent = expert.get(f"{FILES}/{name}.csv", params={"topic": "dolor"})
        assert sent.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        assert sent.text.startswith("\N{BYTE ORDER MARK}")
    text = expert.get(f"{FILES}/questions.csv").text.removeprefix("\N{BYTE ORDER MARK}")
    first = next(csv.DictReader(io.StringIO(text)))
    assert float(first["resolved_low"]) < float(first["resolved"]) < float(first["resolved_high"])
    assert expert.get(f"{FILES}/secrets.csv").status_code == 404


def test_her_words_are_shown_as_they_are_masked(expert: TestClient) -> None:
    shown = expert.get(EXAMPLES).text
    assert "¿Qué te preocupa de las noches? → «Se despierta mucho»" in shown
    assert "pincha &lt;b&gt; alfileres todo el rato" in shown
    assert not any(text in shown for text in UNREAD)
    figures = expert.get(LEARNT).text
    assert "alfileres" not in figures


def test_a_graph_that_is_down_is_said(url: str) -> None:
    def down(_version: str | None) -> Plan:
        raise GraphUnavailable("no route to the graph")

    for client in signed_in(url, down):
        shown = client.get(LEARNT)
        assert shown.status_code == 503
        assert "Ahora mismo no se puede contar" in shown.text
        assert client.get(EXAMPLES).status_code == 503


def test_a_record_without_conversations(tmp_path: Path) -> None:
    for client in signed_in(f"sqlite:///{tmp_path}/records.db", lambda _version: PLAN):
        shown = client.get(LEARNT).text
        assert "No destaca nada" in shown
        assert "No hay mensajes parecidos" in client.get(EXAMPLES).text
