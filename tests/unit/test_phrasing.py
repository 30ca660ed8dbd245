"""A reworded question is dropped when it is more than a question or claims something new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.replying.phrasing import why_dropped
from agent.settings import load_settings
from tools.errors import SettingsError

SOURCES = (
    "¿Desde cuándo te duele?",
    "Menos de una semana",
    "me duele el pecho, tengo 38 de fiebre",
)


@pytest.mark.parametrize(
    "text",
    [
        "¿Desde cuándo te duele el pecho?",
        "Con esa fiebre de 38, ¿desde cuándo te duele?",
        "¿Y el dolor? ¿Hace menos de una semana que te duele?",
    ],
)
def test_the_same_question_in_other_words_is_asked(text: str) -> None:
    assert why_dropped(text, SOURCES) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a question"),
        ("¿a? ¿b? ¿c?", "not a question of at most 2 sentences"),
        (f"¿{'muy ' * 100}?", "not a question"),
        ("Es normal. ¿Desde cuándo te duele?", "more than a question"),
        ("Desde cuándo te duele", "more than a question"),
        ("Toma agua. ¿Desde cuándo te duele?", "more than a question"),
        ("¿Te duele desde hace 3 días?", "'3 días'"),
        ("¿Has tomado ibuprofeno para el dolor?", "'ibuprofeno'"),
        ("¿Desde cuándo tienes mastitis?", "'mastitis'"),
        ("Aunque es normal, ¿desde cuándo te duele?", "'es normal'"),
        ("¿Has ido a urgencias?", "'urgencias'"),
    ],
)
def test_anything_more_is_dropped(text: str, why: str) -> None:
    dropped = why_dropped(text, SOURCES)
    assert dropped is not None
    assert why in dropped


NEW = st.one_of(
    st.integers(39, 5000).map(lambda number: f"{number} mg"),
    st.integers(8, 300).map(lambda number: f"{number} días"),  # 7 are the week that was said
    st.integers(39, 120).map(str),
    st.sampled_from(["paracetamol", "domperidona", "un absceso", "es grave", "no pasa nada"]),
)
BEFORE = st.sampled_from(["¿Desde cuándo te duele", "¿Te duele mucho", "Dime, ¿es el pecho"])


@given(BEFORE, NEW, st.sampled_from([" {}?", ", con {}, desde el parto?", " ({})?"]))
def test_whatever_is_claimed_anew_is_dropped_wherever_it_stands(
    before: str, new: str, frame: str
) -> None:
    text = before + frame.format(new)
    assert why_dropped(text, SOURCES) is not None
    # The same is asked where she has said it.
    assert why_dropped(text, [*SOURCES, f"me han dicho: {new}"]) is None


@given(st.text(max_size=80).filter(lambda text: "?" not in text))
def test_what_asks_nothing_is_dropped(text: str) -> None:
    assert why_dropped(text, SOURCES) is not None


def test_it_needs_a_model() -> None:
    with pytest.raises(SettingsError, match="phrasing 'model' needs a model: set NODRIZA_MODEL"):
        load_settings(phrasing="model")
