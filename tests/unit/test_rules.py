"""Rules: what needs no statistics is never misread."""

import pytest

from agent.evidence.rules import CERTAIN, LIKELY, Rules, same_words
from tools.tree import Option, Question


def question(*labels: str) -> Question:
    options = tuple(Option(id=f"o{i}", label=label, to="x") for i, label in enumerate(labels))
    return Question(kind="question", id="q", text="¿?", options=options)


WHEN = question("Solo al principio", "Toda la toma", "Después de la toma")
POLAR = question("Sí, casi siempre", "No, nunca", "No estoy segura")
AGES = question("Menos de 2 semanas", "Entre 2 y 6 semanas", "Más de 6 semanas")
COUNTS = question("Menos de 6", "De 6 a 8", "Más de 8")


@pytest.mark.parametrize(
    ("asked", "said", "option", "strength"),
    [
        (WHEN, "Toda la toma", "o1", CERTAIN),
        (WHEN, "toda la toma.", "o1", CERTAIN),
        (WHEN, "TODA LA TOMA!!", "o1", CERTAIN),
        (WHEN, "1", "o0", CERTAIN),
        (WHEN, "la 2", "o1", CERTAIN),
        (WHEN, "la segunda", "o1", CERTAIN),
        (WHEN, "la última", "o2", CERTAIN),
        (WHEN, "b)", "o1", CERTAIN),
        (POLAR, "sí", "o0", LIKELY),
        (POLAR, "siii, mucho", "o0", LIKELY),
        (question("Sí", "No"), "no que va", "o1", LIKELY),
        (AGES, "tiene 10 días", "o0", LIKELY),
        (AGES, "un mes", "o1", LIKELY),
        (AGES, "ya tiene tres meses", "o2", LIKELY),
        (COUNTS, "unas 7", "o1", LIKELY),
        (COUNTS, "diez", "o2", LIKELY),
    ],
)
def test_what_cannot_be_misread_is_read(
    asked: Question, said: str, option: str, strength: float
) -> None:
    assert Rules().weigh(asked, said) == {option: strength}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (WHEN, "no sé"),
        (WHEN, "a ratos"),
        (WHEN, "7"),
        (POLAR, "no lo sé"),  # two options begin with no
        (AGES, "3"),  # three of what?
        (AGES, "entre 1 y 8 semanas"),
        (COUNTS, "a veces 5 y a veces 9"),
        (question("Sí, con fiebre", "Sí, sin fiebre"), "sí"),
    ],
)
def test_what_can_be_misread_is_left_alone(asked: Question, said: str) -> None:
    assert Rules().weigh(asked, said) == {}


def test_same_words_ignore_case_accents_and_punctuation() -> None:
    assert same_words("¿Qué edad?", "que EDAD")
    assert not same_words("Más de una semana", "Más de dos semanas")
