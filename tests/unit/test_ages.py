"""Ages: every way of saying it is read, and what is not the child's age is left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.ages import Age, ages

TODAY = date(2026, 11, 28)
"""A Saturday."""


def surest(text: str) -> Age | None:
    return max(ages(text, TODAY), key=lambda age: (age.sure, age.start), default=None)


@pytest.mark.parametrize(
    ("text", "words", "days"),
    [
        ("mi bebé tiene 3 semanas y llora", "3 semanas", 21),
        ("tengo un bb de mes y medio", "mes y medio", 46),
        ("bebé de mes y tres semanas, le duele", "mes y tres semanas", 51),
        ("mi niño de 8m muerde", "8m", 244),
        ("Dos semanitas tiene mi peque", "Dos semanitas", 14),
        ("tiene 7 meses y medio", "7 meses y medio", 228),
        ("va a cumplir 9 meses", "9 meses", 274),
        ("mi hija de dos meses y pico no engorda", "dos meses y pico", 61),
        ("la nena tiene un mes y 10 días", "un mes y 10 días", 40),
        ("mi gordo de dos meses menos cuatro días", "dos meses menos cuatro días", 57),
        ("nació el lunes y está amarillo", "nació el lunes", 5),
        ("nació ayer", "nació ayer", 1),
        ("nació hace 6 días", "6 días", 6),
        ("ha nacido hoy y no se engancha", "ha nacido hoy", 0),
        ("parto hace 12 días, todo bien", "12 días", 12),
        ("tiene 36 horas de vida", "36 horas", 2),
        ("está a punto de cumplir el año", "cumplir el año", 365),
        ("dos años y medio y sigue con teta", "dos años y medio", 913),
        ("cinco semanas, llora mucho", "cinco semanas", 35),
        ("anda por los 3 meses", "3 meses", 91),
        ("Cuarto día y aún no sube la leche", "Cuarto día", 4),
        ("veintipico de días tiene", "veintipico de días", 20),
        ("té nou mesos", "nou mesos", 274),
        ("el neno naceu o domingo", "naceu o domingo", 6),
        ("ele tem mês e meio", "mês e meio", 46),
        ("he's 14 months and bites", "14 months", 426),
        ("my 3 days old baby", "3 days", 3),
        ("dije dos semanas; no, perdona, son 3 semanas", "3 semanas", 21),
        ("tiene 2 semanas, digo, 3 semanas", "3 semanas", 21),
    ],
)
def test_an_age_is_read(text: str, words: str, days: float) -> None:
    found = surest(text)
    assert found is not None
    assert text[found.start : found.end] == words
    assert found.days == days


@pytest.mark.parametrize(
    "text",
    [
        "me duele desde hace dos semanas",
        "llevo 3 días con fiebre",
        "estoy de 8 semanas",
        "vuelvo al trabajo en 2 meses",
        "mi hijo mayor de 4 años lo hacía",
        "tengo 32 años",
        "aborto a las 19 semanas de gestación",
        "la leche lleva 3 días en la nevera",
        "duerme 6 horas seguidas",
        "de un día para otro no quiere",
        "la empecé el día diez",
        "más de una semana y no mejora",
    ],
)
def test_other_times_are_nobody_s_age(text: str) -> None:
    assert surest(text) is None


@given(st.text(max_size=200))
def test_any_text_is_read_and_every_age_is_in_it(text: str) -> None:
    for age in ages(text, TODAY):
        assert 0 <= age.start < age.end <= len(text)
        assert age.days >= 0
