"""A conversation on the small tree (tests/trees.py) that goes back, is asked for what logic lacks,
and jumps to another problem, for the tests of the way through the tree and its picture."""

from collections.abc import Sequence

from records.events import (
    Choice,
    Decided,
    Event,
    Located,
    MessageReceived,
    Moved,
    Prepared,
    Reason,
    Replied,
)
from records.store import RecordedEvent

ENTRIES = [
    Choice(id="dolor-cuando", label="Dolor", probability=0.72, topic="dolor"),
    Choice(id="dolor-dientes", label="Me muerde", probability=0.2, topic="dolor"),
]
FIRST = (
    ("al-agarrar", "Al agarrar", 0.55),
    ("siempre", "Siempre", 0.3),
    ("no", "No me duele", 0.15),
)
SECOND = (
    ("al-agarrar", "Al agarrar", 0.9),
    ("no", "No me duele", 0.07),
    ("siempre", "Siempre", 0.03),
)
PREPARED = Prepared(tree="prueba@1", navigator="semantic", models=[], phrasing="tree", person=False)


def said(text: str) -> Event:
    return MessageReceived(text=text)


def thought(
    node: str | None, why: Reason, shares: Sequence[tuple[str, str, float]] = ()
) -> Decided:
    posterior = [Choice(id=id_, label=label, probability=share) for id_, label, share in shares]
    return Decided(
        node=node, action="ask", why=why, evidence=[], posterior=posterior, threshold=0.8
    )


def settled(node: str, move: str) -> Decided:
    return thought(node, "her words settle it", [(move, move, 1.0)])


def asks(node: str, text: str) -> Event:
    return Replied(kind="question", node=node, text=text, options=["Al agarrar", "Siempre"])


def moved(kind: str, origin: str | None, target: str | None, move: str = "", *via: str) -> Moved:
    return Moved.model_validate(
        {
            "kind": kind,
            "origin": origin,
            "target": target,
            "move": move,
            "via": list(via),
            "label": {"siempre": "Siempre", "al-agarrar": "Al agarrar"}.get(move, move),
        }
    )


WHEN, HOT = "¿Cuándo te duele?", "¿Qué temperatura tienes?"
LEAF = Replied(kind="answer", node="dolor-agarre", title="Mejora el agarre", text="Barriga.")
ELSE = "dolor-fiebre-logica: else"
TURNS: list[list[Event]] = [
    [
        said("Me duele al dar el pecho"),
        PREPARED,
        Located(candidates=ENTRIES, none_of_these=0.08),
        moved("jump", None, "dolor-cuando", "dolor-cuando"),
        thought("dolor-cuando", "the next question", FIRST),
        asks("dolor-cuando", WHEN),
    ],
    [
        said("Siempre"),
        settled("dolor-cuando", "siempre"),
        moved("choose", "dolor-cuando", "dolor-fiebre", "siempre"),
        asks("dolor-fiebre", HOT),
    ],
    [
        said("37"),
        moved("set", "dolor-fiebre", "dolor-cuando", "temperature", ELSE),
        asks("dolor-cuando", "Otra vez"),
    ],
    [said("Volver"), moved("back", "dolor-cuando", "dolor-fiebre"), asks("dolor-fiebre", HOT)],
    [
        said("36,8"),
        moved("set", "dolor-fiebre", "dolor-cuando", "temperature", ELSE),
        thought("dolor-cuando", "no option stands out", SECOND),
        asks("dolor-cuando", "Otra vez"),
    ],
    [
        said("Al agarrar"),
        settled("dolor-cuando", "al-agarrar"),
        moved("choose", "dolor-cuando", "edad", "al-agarrar"),
        asks("edad", "¿Qué edad tiene?"),
    ],
    [
        said("3 meses"),
        moved(
            "set",
            "edad",
            "dolor-agarre",
            "baby_age_days",
            "dolor-logica: else",
            "dolor-logica-dos: else",
        ),
        LEAF,
    ],
    [
        said("Y me muerde"),
        Located(candidates=ENTRIES[::-1], none_of_these=0.0),
        moved("jump", "dolor-agarre", "dolor-dientes", "dolor-dientes"),
        thought(
            "dolor-dientes",
            "the next question",
            [("muerde", "Sí", 0.6), ("no-muerde", "Todavía no", 0.4)],
        ),
        asks("dolor-dientes", "¿Le salen los dientes?"),
    ],
]


def recorded(*turns: list[Event]) -> list[RecordedEvent]:
    """Turns as the record gives them."""
    return [
        RecordedEvent(turn=number, seq=seq, event=event)
        for number, events in enumerate(turns, start=1)
        for seq, event in enumerate(events)
    ]
