"""What is too grave to be guessed is taken only when she says it herself."""

import pytest

from agent.evidence.outright import may_take
from tools.tree import Option, Question

QUESTION = Question(
    kind="question",
    id="q",
    text="¿Qué encaja contigo?",
    options=(
        Option(
            id="grave",
            label="Fue sin mi consentimiento",
            to="x",
            confirm=True,
            examples=("me forzó", "violada"),
        ),
        Option(id="plain", label="Hace menos de 5 días", to="y", examples=("anoche",)),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "Fue sin mi consentimiento",
        "FUE SIN MI CONSENTIMIENTO!!",
        "fue anteanoche y fue sin mi consentimiento",
        "me forzo",
        "mi pareja me forzó ayer",
        "violada",
    ],
)
def test_her_own_words_are_enough(text: str) -> None:
    assert may_take(QUESTION, "grave", text)


@pytest.mark.parametrize(
    "text",
    [
        "anteanoche, con mi marido",
        "no me forzó nadie",
        "no sé si me forzó",
        "fue con mi consentimiento",
        "soy una violada de la vida",  # one word of an example, in the middle of others
        "",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not may_take(QUESTION, "grave", text)


def test_what_is_not_marked_needs_no_such_words() -> None:
    assert may_take(QUESTION, "plain", "hace un rato")
