"""What is masked of what mothers write, and what is not."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings import PROJECT
from records.events import (
    EVENT,
    Choice,
    KnownFact,
    MessageReceived,
    ModelCalled,
    Moved,
    Replied,
    Span,
    ToolCalled,
    Understood,
)
from records.personal import Masker
from records.personal.masking import MASK

MEASURED = PROJECT / "evaluation" / "development" / "personal.txt"


def masked(text: str) -> str:
    return Masker([text]).text(text)


def hidden(text: str) -> list[str]:
    """The runs of a text that are masked."""
    found = re.finditer(rf"{MASK}+(?:\s+{MASK}+)*", masked(text))
    return [text[one.start() : one.end()] for one in found]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Me llamo rosa y me duele", ["rosa"]),
        ("mi hija Luz no engorda", ["Luz"]),
        ("soy Ana García Pérez, de Cuenca.", ["Ana García Pérez", "Cuenca"]),
        ("Gracias, laura", ["laura"]),
        (
            "llámame al 612 34 56 78 o escribe a ana@example.org",
            ["612 34 56 78", "ana@example.org"],
        ),
        ("DNI 12345678Z", ["12345678Z"]),
        ("nació el 3/11/2026 con 3.250", ["3/11/2026"]),
        ("vivo en la calle Mayor 14, 3º B", ["calle Mayor 14, 3º B"]),
        ("la doctora Peña dice que no", ["Peña"]),
        ("Soy la mamá de Ciro, de 3 meses", ["Ciro"]),
        ("Hace tres semanas nació Greta", ["Greta"]),
        ("Acá en Iquitos hace calor. Saludos desde Cochabamba", ["Iquitos", "Cochabamba"]),
        ("Aquí en Urgencias, y antes aquí en la UCI, me dicen que no", []),
    ],
)
def test_what_tells_who_she_is_is_masked(text: str, pieces: list[str]) -> None:
    assert hidden(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "Rosa es el color de los pezones",
        "Dolores muy fuertes al empezar",
        "Luz amarilla, soledad y mar de dudas",
        "tiene 3 semanas, 38,7 de fiebre y pesa 3.250 g desde el lunes",
        "nació con 3.250 y ahora pesa 3400, de 37-4 semanas",
        "eso que se llama Raynaud, y la pastilla que se llama Cerazet",
        "salgo a la calle y no llora",
        "soy primeriza y estoy sola",
        "tomo Sertralina 50 mg y Augmentine 875/125 cada 8 horas",
        "al baño María en el Hospital La Paz",
        "120 120 90 90 60 60 ml en las tomas de hoy",
        "¿Llamo al 112 o al 016?",
    ],
)
def test_what_experts_need_stays(text: str) -> None:
    assert hidden(text) == []


def test_it_masks_as_well_as_is_documented() -> None:
    found = missed = wrong = 0
    for line in MEASURED.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text = re.sub(r"\[\[(.*?)\]\]", r"\1", line)
        wanted: set[int] = set()
        for number, piece in enumerate(re.finditer(r"\[\[(.*?)\]\]", line)):
            start = piece.start() - 4 * number
            wanted |= set(range(start, start + len(piece[1])))
        letters = {at for at, letter in enumerate(text) if letter.isalnum()}
        got = {at for at, letter in enumerate(masked(text)) if letter == MASK} & letters
        found += len(got & wanted & letters)
        missed += len(wanted & letters - got)
        wrong += len(got - wanted)
    assert found / (found + missed) >= 0.98
    assert found / (found + wrong) >= 0.98


def test_ordinary_consultations_keep_their_words() -> None:
    development = Path(PROJECT / "evaluation" / "development" / "messages.jsonl")
    texts = [json.loads(line)["text"] for line in development.read_text("utf-8").splitlines()]
    numbers = [text for text in texts if any(any(c.isdigit() for c in one) for one in hidden(text))]
    assert len(numbers) <= len(texts) * 0.01, numbers


@given(st.text(max_size=200))
def test_a_mask_is_as_long_as_what_it_hides(text: str) -> None:
    after = masked(text)
    assert len(after) == len(text)
    assert all(now in (was, MASK) for was, now in zip(text, after, strict=True))


@given(st.sampled_from(["Lucía", "ana", "612345678", "x@example.org"]), st.text(max_size=60))
def test_what_was_found_once_is_masked_wherever_it_stands_alone(piece: str, around: str) -> None:
    masker = Masker([f"me llamo Lucía, mi hija ana, 612345678, x@example.org {around}"])
    assert piece not in masker.text(f"{around} {piece} {around}").split()


def test_all_of_an_events_strings_are_masked_and_its_ids_stay() -> None:
    said = "Soy Lucía, mi hija tiene 3 semanas"
    masker = Masker([said])
    name = MASK * 5
    understood = Understood(
        text=said,
        summary=[Span(start=4, end=9, text="Lucía")],
        topics=[Choice(id="lucía", label="Lucía")],
        facts=[
            KnownFact(
                name="baby_age_days",
                value=21.0,
                unit="days",
                label="edad",
                quote="Lucía, mi hija tiene 3 semanas",
                shown="3 semanas",
            )
        ],
        asks_back=False,
    )
    after = masker.event(understood)
    assert isinstance(after, Understood)
    assert after.summary[0] == Span(start=4, end=9, text=name)
    assert after.text[4:9] == name
    assert after.topics[0] == Choice(id="lucía", label=name)
    assert after.facts[0].quote == f"{name}, mi hija tiene 3 semanas"
    assert (after.facts[0].value, after.facts[0].shown) == (21.0, "3 semanas")
    called = ModelCalled(
        model="m",
        prompt="scorer@1",
        messages=[{"type": "Lucía", "content": [{"text": "dice LUCIA"}]}],
        output={"tool": '{"quote": "Luc\\u00eda"}'},
        ms=1,
    )
    told = EVENT.dump_json(masker.event(called)).decode()
    assert "uc" not in told.split('"messages"')[1].split('"input_tokens"')[0]
    tool = ToolCalled(name="ask", arguments={"why": "Lucía"}, result="lucia", refused=False)
    after_tool = masker.event(tool)
    assert isinstance(after_tool, ToolCalled)
    assert after_tool.arguments == {"why": name}
    assert after_tool.result == name
    move = Moved(kind="jump", origin=None, target="ana", move="ana", label="x")
    assert masker.event(move) == move


def test_without_anything_to_mask_events_stay_what_they_are() -> None:
    masker = Masker(["me duele"])
    event = Replied(kind="answer", text="Así.")
    assert not masker
    assert masker.event(event) is event
    assert masker.event(MessageReceived(text="x")).type == "message_received"


def test_the_trees_own_words_stay_when_she_is_called_like_one() -> None:
    masker = Masker(["Mi hija Rosa no come"])
    assert masker.text("Rosa tiene el pezón rosa") == f"{MASK * 4} tiene el pezón rosa"
