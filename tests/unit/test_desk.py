"""The consultation desk's pure parts: gain with values, drafts, forms, changes, sheets."""

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest

from agent.gain import Prospects
from agent.replying.drafting import make_draft
from agent.texts import load_texts
from records.events import PhoneShown, Replied, SourceShown
from tools.outline import Outline, Way
from tools.tree import Variable
from ui.experts.desk.consultation_page import changes
from ui.experts.desk.form import LONGEST, read_form
from ui.experts.desk.sheets import COLUMNS, Row, UnreadableSheet, line_of, open_sheet

TEXTS = load_texts("es")


# What a value tells


def way(option: str, target: str, condition: str | None = None) -> Way:
    return Way(option=option, label=option, examples=(), target=target, condition=condition)


BY_AGE = Outline(
    ways={
        "q": (way("a", "by-age"), way("b", "old")),
        "by-age": (
            way("", "newborn", "age < 28"),
            way("", "young", "age < 180"),
            way("", "old"),
        ),
    },
    questions={"q": "¿Sí?"},
    titles={"newborn": "Recién nacido", "young": "Pequeño", "old": "Mayor"},
    inputs={"age": "ask-age"},
)


def test_an_unknown_value_tells_its_branches_apart() -> None:
    ahead = Prospects(BY_AGE, {"q": 1.0}, lambda _node: None)
    [age] = ahead.open_values()
    assert (age.variable, age.reached) == ("age", 0.5)
    assert age.bits == pytest.approx(0.5 * 1.584962500721156)
    assert age.separates == ("Recién nacido", "Pequeño", "Mayor")


def test_a_known_value_decides_and_is_asked_no_more() -> None:
    ahead = Prospects(BY_AGE, {"by-age": 1.0}, lambda _node: None, {"age": 90.0})
    assert ahead.open_values() == []
    assert {leaf: share for leaf, share in ahead.answers().items() if share} == {"young": 1.0}


def test_a_value_that_she_does_not_know_leads_the_safe_way() -> None:
    ahead = Prospects(BY_AGE, {"by-age": 1.0}, lambda _node: None, {"age": None})
    assert ahead.open_values() == []
    assert ahead.answers()["old"] == 1.0


# Drafts

SOURCE = SourceShown(
    title="Guía",
    organisation="AEP",
    year=2023,
    url="https://example.org/guia",
    checked_on="2026-11-01",
    verification="page",
)
LEAF = Replied(
    kind="answer",
    node="agarre",
    title="Un agarre más profundo",
    text="- **Barriga** con barriga.",
    normal="Molesta unos segundos.",
    seek_help="Si sigue en dos días.",
    sources=[SOURCE],
)
DANGER = Replied(
    kind="danger",
    title="Fiebre",
    text="Que lo vean ahora.",
    urgency="emergency",
    phones=[PhoneShown(name="Emergencias", number="112", hours="24 horas")],
)


def test_danger_and_its_telephones_come_first() -> None:
    draft = make_draft(DANGER, None, LEAF, 0.75, ["¿Uno?", "¿Dos?", "¿Tres?", "¿Cuatro?"], TEXTS)
    lines = draft.text.splitlines()
    assert lines[:2] == ["Fiebre", "- Emergencias: 112 (24 horas)"]
    order = [draft.text.index(it) for it in ("Que lo vean", "Un agarre", "AEP, 2023", "¿Uno?")]
    assert order == sorted(order)
    assert "- Barriga con barriga." in lines
    assert "¿Tres?" in draft.text
    assert "¿Cuatro?" not in draft.text
    assert (draft.node, draft.probability) == ("agarre", 0.75)


def test_who_says_too_little_is_asked_for_more() -> None:
    draft = make_draft(None, None, None, None, [], TEXTS, unclear=True)
    assert draft.text == TEXTS("agent.tell_more")
    assert make_draft(None, None, None, None, [], TEXTS).text == ""


# The form

AGE = Variable(type="number", unit="days", min=0, max=1500, label="edad del bebé")
PRETERM = Variable(type="boolean", label="bebé prematuro")
VARIABLES = {"age": AGE, "preterm": PRETERM}


def test_a_form_is_read_as_what_is_given() -> None:
    filled = read_form(
        [
            ("text", " me duele\r\nmucho "),
            ("q.dolor-cuando", "inicio"),
            ("q.otra", ""),
            ("v.age", "3 semanas"),
            ("v.preterm", "no lo sé"),
            ("v.shoe_size", "38"),
            ("entry", ""),
            ("check", " "),
            ("hand_off", "99999999999999999999"),
            ("proposed", "{broken"),
        ],
        VARIABLES,
        TEXTS,
    )
    assert filled.text == "me duele\nmucho"
    assert filled.given.answers == {"dolor-cuando": "inicio"}
    assert filled.given.values == {"age": 21.0, "preterm": None}
    assert (filled.given.entry, filled.checked, filled.hand_off) == (None, None, None)
    assert (filled.proposed, filled.faults) == (None, {})


@pytest.mark.parametrize(("said", "told"), [("muchos", "«muchos»"), ("20 años", "«20 años»")])
def test_a_value_that_is_wrong_is_quoted_and_left_out(said: str, told: str) -> None:
    filled = read_form([("v.age", said)], VARIABLES, TEXTS)
    assert told in filled.faults["age"]
    assert filled.given.values == {}
    assert filled.values == {"age": said}


def test_what_was_edited_is_known_whatever_the_browser_does_to_line_breaks() -> None:
    proposed = '{"text": "uno\\ndos", "tree": "t@1", "node": null, "probability": null}'
    same = read_form([("draft", "uno\r\ndos\r\n"), ("proposed", proposed)], {}, TEXTS)
    assert not same.is_edited
    assert read_form([("draft", "uno\r\ntres"), ("proposed", proposed)], {}, TEXTS).is_edited


def test_changes_are_marked_word_by_word_and_harmless() -> None:
    marked = "uno<del> dos</del><ins> &lt;b&gt;</ins> tres"
    assert changes("uno dos tres", "uno <b> tres") == marked
    assert changes("igual", "igual") == "igual"


# Sheets


def source(content: str | bytes) -> Callable[[], BinaryIO]:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda: io.BytesIO(data)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    lines = [f"Texto{delimiter}ID", f'"hola{delimiter} ""tú""\ny yo"{delimiter}a1', "", "  "]
    sheet = open_sheet(source("\n".join(lines[:3])))
    assert sheet.delimiter == delimiter
    assert list(sheet) == [Row(2, "a1", f'hola{delimiter} "tú"\ny yo')]


@pytest.mark.parametrize(
    ("written", "encoding"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("latin-1", "cp1252"), ("utf-16",) * 2],
)
def test_encodings_are_found(written: str, encoding: str) -> None:
    sheet = open_sheet(source("texto\nniña pequeña\n".encode(written)))
    assert sheet.encoding == encoding
    assert [row.text for row in sheet] == ["niña pequeña"]


@pytest.mark.parametrize(
    ("content", "column", "key", "told"),
    [
        (b"", None, "nothing", "vacío"),
        (b"PK\x03\x04rest", None, "no_text", "PK"),
        (b"texto\n\x00\x01", None, "no_text", "texto"),
        ("id;consulta\n1;hola", None, "no_column", "«id», «consulta»"),
        ("id;texto\n1;hola", "mensaje", "no_column", "«mensaje»"),
        ("texto,Text\na,b", None, "two_columns", "texto, Text"),
    ],
)
def test_what_is_no_sheet_is_told(
    content: str | bytes, column: str | None, key: str, told: str
) -> None:
    with pytest.raises(UnreadableSheet) as refused:
        open_sheet(source(content), column)
    assert refused.value.fault.key == key
    assert told in refused.value.fault.told(TEXTS)


def test_a_row_that_cannot_be_read_costs_no_other() -> None:
    long = "x" * (LONGEST + 1)
    sheet = open_sheet(source(f'id,texto\n1,hola\n2,\n3,a,b\n4,"a"b\n5,{long}\n6,adiós\n'))
    rows = list(sheet)
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7]
    keys = [row.fault.key if row.fault else None for row in rows]
    assert keys == [None, "empty", "fields", "broken", "long", None]
    assert rows[2].text == "3,a,b"
    told = rows[1].fault.told(TEXTS) if rows[1].fault else ""
    assert told == "Fila 3, columna «texto»: está vacía."


def test_no_cell_is_a_formula() -> None:
    line = line_of(Row(2, "1", "=HYPERLINK(1)"), None, "-x")
    assert (line["text"], line["error"]) == ("'=HYPERLINK(1)", "'-x")
    assert tuple(line) == COLUMNS
