"""Values in her words, as mothers write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.conditions import Value
from tools.quantities import Found, counts, durations, read_value, shown, temperatures
from tools.tree import Variable

AGE = Variable(type="number", unit="days", min=0, max=1500, label="edad")
FEVER = Variable(type="number", unit="°C", min=34, max=43, label="temperatura")
FEEDS = Variable(type="number", unit="times", min=0, max=40, label="tomas")
GRAMS = Variable(type="number", unit="g", min=0, max=20000, label="peso")
KILOS = Variable(type="number", unit="kg", min=0, max=20, label="peso")
HOURS = Variable(type="number", unit="hours", min=0, max=48, label="horas")
PRETERM = Variable(type="boolean", label="prematuro")
VARIABLES = [AGE, FEVER, FEEDS, GRAMS, KILOS, HOURS, PRETERM]

AGES: dict[str, float | None] = {
    "3 días": 3,
    "3 dias": 3,
    "tiene 3 días de vida": 3,
    "un día": 1,
    "diez días": 10,
    "15 dias": 15,
    "quince días": 15,
    "veintidós días": 22,
    "veinticinco días": 25,
    "treinta días": 30,
    "treinta y dos días": 32,
    "treinta y ocho dias": 38,
    "cuarenta y cinco días": 45,
    "noventa dias": 90,
    "1 semana": 7,
    "una semana": 7,
    "3 semanas": 21,
    "TRES SEMANAS": 21,
    "2 sem": 14,
    "semana y media": 10,
    "tres semanas y media": 24,
    "3 semanas y 2 días": 23,
    "3 semanas, 2 días": 23,
    "1 mes": 30,
    "un mes": 30,
    "un mes y medio": 46,
    "mes y medio": 46,
    "1 mes y 1 semana": 37,
    "mes y una semana": 37,
    "1 mes 10 días": 40,
    "2 meses": 61,
    "dos meses y medio": 76,
    "2,5 meses": 76,
    "2.5 meses": 76,
    "hace 4 meses": 122,
    "casi 6 meses": 183,
    "medio año": 183,
    "un año": 365,
    "un añito": 365,
    "año y medio": 548,
    "1 año y 2 meses": 426,
    "2 años": 730,
    "36 horas": 2,
    "nació hoy": 0,
    "acaba de nacer": 0,
    "nació ayer": 1,
    "no se, unas 3 semanas": 21,
    "no sé exacto, como dos meses": 61,
    "tiene 3": None,
    "es pequeño": None,
    "algunos días": None,
    "999999 días": 999999,
}
TEMPERATURES: dict[str, float | None] = {
    "38": 38,
    "38,5": 38.5,
    "38.5": 38.5,
    "38'5": 38.5,
    "38’5": 38.5,
    "38´5": 38.5,
    "38º5": 38.5,
    "38 5": 38.5,
    "38 con 5": 38.5,
    "38 y 5": 38.5,
    "38 coma 5": 38.5,
    "38 y medio": 38.5,
    "38°": 38,
    "38ºC": 38,
    "38 grados": 38,
    "38c": 38,
    "37,8 °C": 37.8,
    "tengo 39 de fiebre": 39,
    "una fiebre de 39": 39,
    "me he puesto a 39,2": 39.2,
    "treinta y ocho": 38,
    "treinta y siete y medio": 37.5,
    "treinta y ocho con cinco": 38.5,
    "treintayocho": 38,
    "cuarenta": 40,
    "100.4 F": 38,
    "101 °F": 38.3,
    "98,6": 37,
    "38 desde hace 2 días": 38,
    "38, 2 días ya": 38,
    "llevo 2 dias con 38": 38,
    "no se, como 38": 38,
    "unos 38, creo": 38,
    "fiebre": None,
    "400": 400,
}
COUNTS: dict[str, float | None] = {
    "8": 8,
    "ocho": 8,
    "unas 8": 8,
    "unos seis": 6,
    "8 o 9": 8,
    "8veces": 8,
    "cero": 0,
    "ninguno": 0,
    "ninguna": 0,
    "no moja ninguno": 0,
    "alguno": None,
    "una vez": 1,
    "veinticinco": 25,
    "cada 3 horas": 8,
    "cada 3h": 8,
    "cada dos horas": 12,
    "una cada tres horas": 8,
    "cada hora": 24,
    "6 veces cada 24 horas": 6,
    "no sé, unas ocho": 8,
    "muchas": None,
    "la vacuna": None,
}
WEIGHTS: dict[str, float | None] = {
    "3200 g": 3200,
    "3200 gramos": 3200,
    "3.200 g": 3200,
    "3200": 3200,
    "3,2 kg": 3200,
    "3.2 kilos": 3200,
    "3 kilos": 3000,
    "tres kilos": 3000,
    "3 kilos y medio": 3500,
    "3 kilos 200": 3200,
    "3 kilos 200 gramos": 3200,
    "3 kg y 450 gr": 3450,
    "4k": 4000,
    "pesa poco": None,
}
YES_OR_NO: dict[str, bool | None] = {
    "sí": True,
    "si": True,
    "Siii!!": True,
    "sip": True,
    "claro": True,
    "por supuesto": True,
    "así es": True,
    "ya": True,
    "pues sí": True,
    "creo que sí": True,
    "sí, nació con 35 semanas": True,
    "no": False,
    "NO": False,
    "nooo": False,
    "nop": False,
    "no, qué va": False,
    "qué va": False,
    "para nada": False,
    "nunca": False,
    "todavía no": False,
    "aún no": False,
    "tampoco": False,
    "pues no": False,
    "creo que no": False,
    "la verdad es que no": False,
    "claro que no": False,
    "por supuesto que no": False,
    "ya no": False,
    "no se ha recuperado": False,
    "quizás": None,
    "nació en casa": None,
}
UNKNOWN = [
    "no sé",
    "no se",
    "no lo sé",
    "no lo se bien",
    "no la sé",
    "nose",
    "ns",
    "ni idea",
    "no tengo ni idea",
    "no me acuerdo",
    "no recuerdo",
    "no lo recuerdo",
    "no sabría decirte",
    "pues no lo sé exactamente",
    "no sé cuántos",
    "no tengo termómetro",
    "no sé, una cosa rara",
]
TABLES: list[tuple[Variable, dict[str, float | None] | dict[str, bool | None]]] = [
    (AGE, AGES),
    (FEVER, TEMPERATURES),
    (FEEDS, COUNTS),
    (GRAMS, WEIGHTS),
    (PRETERM, YES_OR_NO),
]
PHRASINGS = [(variable, text, value) for variable, table in TABLES for text, value in table.items()]


@pytest.mark.parametrize(("variable", "text", "value"), PHRASINGS)
def test_a_value_is_read(variable: Variable, text: str, value: Value | None) -> None:
    found = read_value(text, variable)
    if value is None:
        assert found is None
    else:
        assert found is not None
        assert type(found.value) is (bool if variable.type == "boolean" else float)
        assert found.value == value


@pytest.mark.parametrize(("variable", "text", "value"), PHRASINGS)
def test_the_quoted_piece_says_the_same_value(
    variable: Variable, text: str, value: Value | None
) -> None:
    """The record keeps a quote for each fact: read alone, it must still carry the value."""
    found = read_value(text, variable)
    if found is not None:
        again = read_value(text[found.start : found.end], variable)
        assert again is not None
        assert again.value == value


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("text", UNKNOWN)
def test_she_does_not_know(text: str, variable: Variable) -> None:
    found = read_value(text, variable)
    assert found is not None
    assert found.value is None


@pytest.mark.parametrize("text", ["no se engancha", "no se duerme", "no se ha mojado"])
def test_not_every_no_se_is_ignorance(text: str) -> None:
    assert read_value(text, FEEDS) is None


def test_kilos_and_grams_are_converted_to_the_variable() -> None:
    for text, grams in WEIGHTS.items():
        found = read_value(text, KILOS)
        if grams is not None and text != "3200":
            assert found is not None
            assert found.value == pytest.approx(grams / 1000)


def test_every_value_of_a_message_is_found() -> None:
    text = "Con 2 semanas tuvo 38,5 y ahora, con un mes, tiene 37. Hace 8 tomas."
    assert [found.value for found in durations(text)] == [14, 30]
    assert [found.value for found in temperatures(text)] == [38.5, 37]
    assert [text[found.start : found.end] for found in temperatures(text)] == ["38,5", "37"]
    assert 8.0 in [found.value for found in counts(text)]


_PIECES = [
    *("no", "sé", "si", "ya", "un", "una", "dos", "treinta", "cuarenta", "y", "medio", "media"),
    *("días", "semanas", "mes", "meses", "año", "horas", "38", "38,5", "38'5", "3.250", "º", "°C"),
    *("con", "coma", "kilos", "gramos", "g", "cada", "nació", "hoy", "ninguno", "ni", "idea"),
    *(",", ".", "٣", "½", "999"),
]
_MESSAGES = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(_PIECES), max_size=8).map(" ".join)
)


@settings(max_examples=400, deadline=None)
@given(_MESSAGES)
def test_no_text_is_too_strange(text: str) -> None:
    for variable in VARIABLES:
        _check_place(read_value(text, variable), text)
    for found in (*durations(text), *temperatures(text), *counts(text)):
        _check_place(found, text)


@pytest.mark.parametrize("text", ["9" * 400 + " días", "9" * 400 + " 5", "9" * 400 + " kg"])
def test_absurd_numbers_stay_numbers(text: str) -> None:
    for variable in VARIABLES:
        found = read_value(text, variable)
        _check_place(found, text)
        if found and found.value is not None:
            assert shown(found.value, variable)


def _check_place(found: Found | None, text: str) -> None:
    if found is not None:
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        (AGE, 0.0, "0 días"),
        (AGE, 1.0, "1 día"),
        (AGE, 13.0, "13 días"),
        (AGE, 14.0, "2 semanas"),
        (AGE, 21.0, "3 semanas"),
        (AGE, 85.0, "2 meses"),
        (AGE, 91.0, "3 meses"),
        (AGE, 365.0, "12 meses"),
        (AGE, 730.0, "2 años"),
        (FEVER, 38.5, "38,5 °C"),
        (FEVER, 38.0, "38 °C"),
        (FEEDS, 8.0, "8"),
        (HOURS, 3.0, "3 horas"),
        (GRAMS, 3200.0, "3200 g"),
        (KILOS, 3.2, "3,2 kg"),
        (PRETERM, True, "sí"),
        (PRETERM, False, "no"),
        (FEVER, None, "no lo sabe"),
    ],
)
def test_a_value_on_the_screen(variable: Variable, value: Value | None, text: str) -> None:
    assert shown(value, variable) == text


def test_a_variable_without_a_unit_shows_the_number() -> None:
    assert shown(2.0, FEEDS.model_copy(update={"unit": None})) == "2"
