"""Claims: amounts, medicines, conditions and reassurances that no source has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.replying.claims import unsupported
from agent.settings import PROJECT
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice, Referral


@pytest.mark.parametrize(
    ("text", "source", "missing"),
    [
        # Amounts, however they are written.
        ("Pide cita si pasa de 38 °C.", "con 38 grados o más", ()),
        ("Pide cita si pasa de 38,5 °C.", "con 38 grados o más", ("38,5 °C",)),
        ("a las 2 semanas", "en dos semanas", ()),
        ("dura catorce días", "dura dos semanas", ()),
        ("dura dos meses", "dura dos semanas", ("dos meses",)),
        ("entre 8 y 12 veces al día", "de 8 a 12 tomas", ()),
        ("entre 8 y 14 veces al día", "de 8 a 12 tomas", ("8 y 14 veces",)),
        ("casi 6 semanas", "menos de 6 semanas", ()),
        ("cada 3 horas", "tres tomas", ("3 horas",)),
        # A number that counts nothing.
        ("Ofrece un pecho, y luego los dos.\n1. Mira.\n2. Espera.", "", ()),
        # Medicines and doses.
        ("Toma ibuprofeno", "el ibuprofeno es compatible", ()),
        ("Toma ibuprofeno", "el paracetamol es compatible", ("ibuprofeno",)),
        ("Dale 10 mg de paracetamol", "paracetamol: 15 mg", ("10 mg",)),
        ("2 gotas", "dos veces", ("2 gotas",)),
        # Conditions and reassurances.
        ("Puede ser mastitis", "una mastitis duele", ()),
        ("Puede ser candidiasis", "una mastitis duele", ("candidiasis",)),
        ("Es normal, no te preocupes", "es normal", ("no te preocupes",)),
        ("Ve a urgencias", "pide cita", ("urgencias",)),
        ("¿Desde cuándo te duele?", "", ()),
    ],
)
def test_a_claim_needs_a_source(text: str, source: str, missing: tuple[str, ...]) -> None:
    assert unsupported(text, [source]) == missing


def test_any_of_the_sources_will_do_and_a_claim_is_told_once() -> None:
    assert unsupported("38 °C, 38 °C y 39 °C", ["nada", "38 °C"]) == ("39 °C",)


def test_every_answer_of_the_tree_supports_itself() -> None:
    tree = read_tree(PROJECT / "trees" / "lactancia")
    leaves = [node for node in tree.nodes if isinstance(node, Advice | Referral)]
    assert len(leaves) > 500
    for leaf in leaves:
        assert unsupported(leaf.text, [leaf.text]) == (), leaf.id


@given(st.floats(3, 1500).map(lambda value: round(value, 1)), st.sampled_from(["días", "ml", "kg"]))
def test_a_number_with_a_unit_is_always_seen(value: float, unit: str) -> None:
    written = f"{value:g}".replace(".", ",")
    text = f"Espera {written} {unit} y mira."
    assert unsupported(text, []) == (f"{written} {unit}",)
    assert unsupported(text, [text]) == ()
