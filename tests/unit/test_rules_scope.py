"""What a reply asserts, denies and leaves behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evidence.scope import asserted, denied, overtaken, refused


@pytest.mark.parametrize(
    ("said", "is_asserted", "is_denied"),
    [
        (
            "infectado no está, nomás una comezón que no aguanto",
            "nomás una comezón que no aguanto",
            "infectado",
        ),
        ("antes sí, ahora ya casi nada", "ahora ya casi nada", ""),
        ("al principio me dolía pero ahora no", "pero ahora no", ""),
        ("no es fiebre, es calor", "es calor", "es fiebre"),
        ("no es que duela, es que pica", "es que pica", "duela"),
        ("más que dolor, picor", "picor", "dolor"),
        ("sangre no, ronchas tampoco, es la tripa", "es la tripa", "sangre ronchas"),
        ("ni infectado ni caliente, los dientes", "los dientes", "infectado caliente"),
        ("pus nada, calor nada, solo jala", "solo jala", "pus calor"),
        ("no tiene fiebre, solo está dormido", "solo está dormido", "tiene fiebre"),
        ("no se agarra", "no se agarra", "se agarra"),
        ("mi bebé no come", "mi bebé no come", "come"),
        ("no sé qué hacer", "no sé qué hacer", ""),
        ("no para de llorar", "no para de llorar", ""),
        ("le duele mucho", "le duele mucho", ""),
        ("it doesn't turn on", "it doesn't turn on", "turn on"),
    ],
)
def test_denied_and_overtaken_clauses_are_left_out(
    said: str, is_asserted: str, is_denied: str
) -> None:
    assert (asserted(said), denied(said)) == (is_asserted, is_denied)


def test_what_is_over_is_told_apart() -> None:
    assert overtaken("antes mucho, ahora nada") == "antes mucho"
    assert overtaken("antes mucho") == ""


def test_only_what_is_put_aside_is_refused() -> None:
    assert refused("fiebre no, es que pica") == "fiebre"
    assert refused("no se agarra") == ""


@given(st.text(max_size=80))
def test_something_is_always_asserted(said: str) -> None:
    assert bool(asserted(said)) == bool(said.strip())
