"""Rules: what needs no statistics is never misread."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.evidence.rules import CERTAIN, LIKELY, WEIGHTS, Rules, same_words
from agent.evidence.statements import stated_polarity
from tools.tree import Option, Question

_PIECES = ("la", "1", "segunda", "no", "ni", "sí", ",", "38", "mes y medio", "pero ahora", "o", "?")


def question(*labels: str, text: str = "¿?") -> Question:
    options = tuple(Option(id=f"o{i}", label=label, to="x") for i, label in enumerate(labels))
    return Question(kind="question", id="q", text=text, options=options)


WHEN = question("Solo al principio", "Toda la toma", "Después de la toma")
POLAR = question("Sí, casi siempre", "No, nunca", "No estoy segura")
AGES = question("Menos de 2 semanas", "Entre 2 y 6 semanas", "Más de 6 semanas")
COUNTS = question("Menos de 6", "De 6 a 8", "Más de 8", text="¿Cuántos pañales moja?")
WANTS = question("Dejarlo ya", "Dejarlo poco a poco", "Quitar la noche", "Otra cosa o no sé")
LIGHT = question("Yes", "No", text="Does the power LED turn on?")


def positive(asked: Question, said: str) -> set[str]:
    return {option for option, score in Rules().weigh(asked, said).items() if score > 0}


@pytest.mark.parametrize(
    ("asked", "said", "option", "strength"),
    [
        (WHEN, "Toda la toma", "o1", CERTAIN),
        (WHEN, "toda la toma.", "o1", CERTAIN),
        (WHEN, "TODA LA TOMA!!", "o1", CERTAIN),
        (WANTS, "1", "o0", CERTAIN),
        (WANTS, "la 2", "o1", CERTAIN),
        (WANTS, "la segunda", "o1", CERTAIN),
        (WANTS, "la última", "o3", CERTAIN),
        (WANTS, "b)", "o1", CERTAIN),
        (WANTS, "la tercera, por mi trabajo", "o2", WEIGHTS["ordinal"]),
        (POLAR, "sí", "o0", WEIGHTS["yes or no"]),
        (POLAR, "no lo sé", "o2", LIKELY),
    ],
)
def test_what_cannot_be_misread_is_read(
    asked: Question, said: str, option: str, strength: float
) -> None:
    assert Rules().weigh(asked, said) == {option: strength}


@pytest.mark.parametrize(
    ("asked", "said", "options"),
    [
        (POLAR, "siii, mucho", {"o0"}),
        (question("Sí", "No"), "no que va", {"o1"}),
        (AGES, "tiene 10 días", {"o0"}),
        (AGES, "un mes", {"o1"}),
        (AGES, "ya tiene tres meses", {"o2"}),
        (COUNTS, "unas 7", {"o1"}),
        (COUNTS, "diez", {"o2"}),
        (LIGHT, "it doesn't", {"o1"}),
        (LIGHT, "there is no power", {"o1"}),
        (LIGHT, "the led stays dark, no power at all", {"o1"}),
        (LIGHT, "the led turns on", {"o0"}),
        (question("El izquierdo", "El derecho", "Los dos"), "el izqdo", {"o0"}),
        (question("El izquierdo", "El derecho", "Los dos"), "ambos", {"o2"}),
        (question("Antes de mamar", "Durante la toma"), "mientras mama", {"o1"}),
        (question("Voy mejor", "Sigo igual", "Estoy peor"), "va peor", {"o2"}),
        (question("Siempre", "A veces", "Nunca"), "de vez en cuando", {"o1"}),
    ],
)
def test_what_is_likely_is_read(asked: Question, said: str, options: set[str]) -> None:
    assert positive(asked, said) == options


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (WANTS, "a ratos"),
        (WANTS, "7"),
        (AGES, "3"),  # three of what?
        (AGES, "entre 1 y 8 semanas"),
        (COUNTS, "a veces 5 y a veces 9"),
        (question("Sí, con fiebre", "Sí, sin fiebre"), "sí"),
        (WHEN, "no sé"),  # no option says so
        (POLAR, "¿y si le duele siempre?"),  # she asks
        (question("El izquierdo", "El derecho"), "el izquierdo o el derecho, según"),
    ],
)
def test_what_can_be_misread_is_left_alone(asked: Question, said: str) -> None:
    assert not positive(asked, said)


def test_what_she_puts_aside_loses() -> None:
    asked = question("Zona roja con fiebre", "Solo pica")
    assert Rules().weigh(asked, "fiebre no, es otra cosa")["o0"] < 0


@given(
    st.lists(st.text(min_size=1, max_size=25), min_size=2, max_size=6, unique=True),
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(_PIECES),
            max_size=12,
        ).map(" ".join),
    ),
)
@example(["a", "b"], "la ¹")  # a digit that is no number
def test_it_never_raises_and_names_only_options(labels: list[str], said: str) -> None:
    options = tuple(
        Option.model_construct(id=f"o{i}", label=label, to="x") for i, label in enumerate(labels)
    )
    asked = Question.model_construct(id="q", kind="question", text="¿?", options=options)
    assert set(Rules().weigh(asked, said)) <= {option.id for option in options}


def test_same_words_ignore_case_accents_and_punctuation() -> None:
    assert same_words("¿Qué edad?", "que EDAD")
    assert not same_words("Más de una semana", "Más de dos semanas")


@pytest.mark.parametrize(
    ("question", "said", "meant"),
    [
        ("Does it start without showing anything on the screen?", "Nothing on the screen.", "yes"),
        ("Does it start without showing anything on the screen?", "The screen shows text.", "no"),
        ("Does it freeze even when it is not hot?", "It freezes even when it is cool.", "yes"),
        ("Is the brake working?", "The brake is working without any issues.", "yes"),
        ("Is the fan on when you use it?", "The fan is usually off.", "no"),
        ("Cut off the plug. Is the voltage right?", "The voltage printed on it is right.", "yes"),
        ("Does the laptop shut down automatically?", "I shut the laptop down manually.", "no"),
    ],
)
def test_statements_are_read_against_what_is_asked(question: str, said: str, meant: str) -> None:
    assert stated_polarity(question, said) == meant
