"""Amounts, and the ranges of options that hold them."""

import math

import pytest

from agent.evidence.amounts import amounts
from agent.evidence.numerals import DAY, MONTH, WEEK, YEAR
from agent.evidence.ranges import fits

AGE = ("Menos de 6 semanas", "De 6 semanas a 6 meses", "Más de 6 meses")
YEARS = ("Menos de un año", "Más de un año")
FEVER = ("Menos de 37,5 °C", "De 37,5 a 38 °C", "Más de 38 °C")
BARE_FEVER = ("Sí, 38 o más", "No llega a 38")
LASTS = ("Menos de 10 minutos", "De 10 a 30 minutos", "Más de 30 minutos")
SINCE = ("Menos de 24 horas", "De 1 a 3 días", "Más de 3 días")
WEIGHT = ("Menos de 3 kg", "De 3 a 4 kg", "Más de 4 kg")
NAPPIES = ("Ninguno o uno", "De 2 a 4", "5 o más")
OFTEN = ("Cada hora o menos", "Cada 2 o 3 horas", "Cada 4 horas o más")
GLASSES = ("Nada", "Una copa", "Más de una copa")
LOST = ("Más del 10 %", "Entre el 7 y el 10 %", "Menos del 7 %")
NEWBORN = ("Recién nacido", "Más de un mes")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("menos de 6 semanas", 0, 6 * WEEK),
        ("de 6 semanas a 6 meses", 6 * WEEK, 6 * MONTH),
        ("entre 2 y 5 días", 2 * DAY, 5 * DAY),
        ("más de un año", YEAR, math.inf),
        ("mes y medio", 1.5 * MONTH, 1.5 * MONTH),
        ("año y pico", YEAR, 2 * YEAR),
        ("media hora", 0.5, 0.5),
        ("hora y media", 1.5, 1.5),
        ("dos meses y 3 días", 2 * MONTH + 3 * DAY, 2 * MONTH + 3 * DAY),
        ("cuatro mesecitos", 4 * MONTH, 4 * MONTH),
        ("una quincena", 14 * DAY, 16 * DAY),
        ("un par de semanas", 2 * WEEK, 2 * WEEK),
        ("three weeks", 3 * WEEK, 3 * WEEK),
        ("dues setmanes", 2 * WEEK, 2 * WEEK),
        ("38 °C o más", 38, math.inf),
        ("101 F", 38.3, 38.3),
        ("3 kilos y medio", 3500, 3500),
        ("3.400 g", 3400, 3400),
        ("siento veinte", 120, 120),
        ("6 o más", 6, math.inf),
        ("una docena", 12, 12),
        ("2 o 3 copas", 2, 3),
    ],
)
def test_an_amount_is_read(text: str, low: float, high: float) -> None:
    (found,) = amounts(text)
    assert [found.low, found.high] == pytest.approx([low, high])


@pytest.mark.parametrize(
    "text",
    [
        "a las 3",
        "39+4",
        "tensión de 140/90",
        "para la tiroides",
        "siento pena",
        "nació de 35 semanas",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert not amounts(text)


@pytest.mark.parametrize(
    ("labels", "question", "said", "place"),
    [
        (AGE, "¿Qué edad tiene?", "hoy hace 3 semanas", 0),
        (AGE, "¿Qué edad tiene?", "mes y medio", 1),
        (AGE, "¿Qué edad tiene?", "cumple 4 meses mañana", 1),
        (AGE, "¿Qué edad tiene?", "año y pico", 2),
        (AGE, "¿Qué edad tiene?", "15 días", 0),
        (AGE, "¿Qué edad tiene?", "casi 6 semanas", 0),
        (AGE, "¿Qué edad tiene?", "antes 5 semanas, ahora ya 8 meses", 2),
        (AGE, "¿Cuántas semanas tiene?", "7", 1),
        (YEARS, "¿Qué edad?", "un año justo", 1),
        (NEWBORN, "¿Qué edad?", "tiene 30 horas", 0),
        (NEWBORN, "¿Qué edad?", "cuatro mesecitos", 1),
        (FEVER, "¿Cuánta fiebre?", "38 con 5", 2),
        (FEVER, "¿Cuánta fiebre?", "37'8", 1),
        (FEVER, "¿Cuánta fiebre?", "101", 2),
        (FEVER, "¿Cuánta fiebre?", "treinta y nueve, y tiene 4 meses", 2),
        (BARE_FEVER, "¿Tiene fiebre?", "37 y medio", 1),
        (BARE_FEVER, "¿Tiene fiebre?", "39 y pico hace un rato", 0),
        (LASTS, "¿Cuánto dura?", "media hora larga, o 20 minutos no, 25 minutos", 1),
        (LASTS, "¿Cuánto dura?", "tres cuartos de hora", 2),
        (SINCE, "¿Cuánto tiempo lleva?", "empezó ayer por la noche, hace 20 horas", 0),
        (SINCE, "¿Cuánto tiempo lleva?", "estamos a viernes y me salió el domingo", 2),
        (SINCE, "¿Cuánto tiempo lleva?", "empezó el lunes, hoy jueves", 1),
        (SINCE, "How long has it been?", "since last Monday, and it's Sunday today", 2),
        (WEIGHT, "¿Cuánto pesa?", "3.400 g", 1),
        (WEIGHT, "¿Cuánto pesa?", "cuatro kilos y medio", 2),
        (NAPPIES, "¿Cuántos pañales?", "un par nada más", 1),
        (NAPPIES, "¿Cuántos pañales?", "7 pañales en 24 horas", 2),
        (OFTEN, "¿Cada cuánto mama?", "cada dos horas", 1),
        (GLASSES, "¿Has bebido?", "dos copas", 2),
        (LOST, "¿Cuánto ha perdido?", "un 8", 1),
        (LOST, "¿Cuánto ha perdido?", "7,5", 1),
        (LOST, "¿Cuánto ha perdido?", "nació con 4 kilos y pesa 3,5 kilos", 0),
    ],
)
def test_the_range_that_holds_it_is_found(
    labels: tuple[str, ...], question: str, said: str, place: int
) -> None:
    verdicts = fits(question, labels, said)
    assert [option for option, fit in verdicts.items() if fit] == [place]


@pytest.mark.parametrize(
    ("labels", "question", "said"),
    [
        (FEVER, "¿Cuánta fiebre?", "tiene 4 meses"),  # an age is no temperature
        (AGE, "¿Qué edad tiene?", "38,5"),
        (AGE, "¿Qué edad tiene?", "no mama desde hace 8 horas"),
        (AGE, "¿Qué edad tiene?", "es de 36 semanas de gestación"),
        (NAPPIES, "¿Cuántos pañales?", "le cambio cada dos por tres"),
        (NAPPIES, "¿Cuántos pañales?", "dos por la noche, tres por la mañana"),
        (SINCE, "¿Cuánto tiempo lleva?", "mejor que ayer"),
        (GLASSES, "¿Has bebido?", "iba a tomarme una copa pero al final pedí zumo"),
        (("Un bulto", "Una grieta"), "¿Qué ves?", "una zona roja"),
    ],
)
def test_decoys_fit_no_range(labels: tuple[str, ...], question: str, said: str) -> None:
    assert not any(fits(question, labels, said).values())
