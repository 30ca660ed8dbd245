"""Understanding: spans are exactly her words, facts carry the words that say them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings import PROJECT
from agent.understanding.understand import read_facts, understand
from tools.formats.yaml_folder import read_tree

TODAY = date(2026, 11, 28)
"""A Saturday."""
VARIABLES = read_tree(PROJECT / "trees" / "lactancia").variables


@pytest.mark.parametrize(
    ("message", "facts"),
    [
        ("mi bebé tiene 3 semanas", {"baby_age_days": 21}),
        ("mi bb tiene ya casi 2 meses y medio", {"baby_age_days": 76}),
        ("tengo una niña de quince días", {"baby_age_days": 15}),
        ("mi bb de 12 dias no pide", {"baby_age_days": 12}),
        ("nació hace 10 días y es prematuro", {"baby_age_days": 10, "preterm": True}),
        ("no es prematura", {}),
        ("nació a término", {"preterm": False}),
        ("mama 8 veces al día", {"feeds_per_day": 8}),
        ("hace unas 6 tomas", {"feeds_per_day": 6}),
        ("moja 3 pañales", {"wet_nappies_per_day": 3}),
        ("tengo 38,5 y escalofríos", {"mother_temperature_c": 38.5}),
        ("tengo fiebre de 39", {"mother_temperature_c": 39}),
        ("mi hijo tiene 38 de fiebre", {"baby_temperature_c": 38}),
        ("no ha recuperado el peso", {"over_birth_weight": False}),
        ("llevo 3 días con dolor", {}),
        ("desde hace dos semanas me duele", {}),
        ("tengo 35 años", {}),
        ("tiene 2 semanas, perdona, tiene 3 semanas", {"baby_age_days": 21}),
    ],
)
def test_facts_are_read_where_she_gives_them(message: str, facts: dict[str, object]) -> None:
    found = read_facts(message, VARIABLES, TODAY)
    assert {said.name: said.value for said in found} == facts
    for said in found:
        assert message[said.span.start : said.span.end] == said.span.text


@given(st.text(max_size=300))
def test_any_message_is_read_and_every_span_is_hers(message: str) -> None:
    understanding = understand(message, VARIABLES, None, None, TODAY)
    spans = [*understanding.summary, *(said.span for said in understanding.facts)]
    for span in spans:
        assert message[span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        ("¿eso qué es?", True),
        ("que quiere decir percentil", True),
        ("a que te refieres", True),
        ("no sé cómo se mide eso", True),
        ("no entiendo qué es el percentil", True),
        ("me gustaría saber a qué te refieres", True),
        ("I don't know how to check that", True),
        ("tell me what to look for", True),
        ("no sé qué hacer", False),
        ("no sé, unas tres", False),
        ("al principio", False),
        ("me duele toda la toma", False),
    ],
)
def test_a_question_of_hers_is_noticed(message: str, asks: bool) -> None:
    assert understand(message, VARIABLES, None, None, TODAY).asks_back is asks
