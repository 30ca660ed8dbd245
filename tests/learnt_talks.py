"""A small tree, and mothers made up by the hundred who walk it, with or without a fault in it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evaluation.learnt.plan import Plan
from evaluation.speed.generated_talks import Talk
from records.events import Choice, Decided, Event, MessageReceived, Moved, Rated, Reason, Replied
from tools.outline import Outline, Way

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
_TREE: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "dolor": (
        "¿Cuándo notas el dolor?",
        {
            "inicio": ("Al empezar la toma", "dolor-grietas"),
            "siempre": ("Durante toda la toma", "dolor-postura"),
            "despues": ("Después de la toma", "dolor-perlas"),
        },
    ),
    "dolor-grietas": (
        "¿Tienes alguna herida en el pezón?",
        {"si": ("Sí", "hoja-grietas"), "no": ("No", "hoja-enganche")},
    ),
    "dolor-postura": (
        "¿Cambia el dolor al cambiar de postura?",
        {"si": ("Sí", "hoja-postura"), "no": ("No", "hoja-frenillo")},
    ),
    "dolor-perlas": (
        "¿Ves un punto blanco?",
        {"si": ("Sí", "hoja-perla"), "no": ("No", "hoja-frio")},
    ),
    "leche": (
        "¿Qué te hace pensar que tienes poca leche?",
        {
            "llora": ("Llora mucho", "leche-peso"),
            "pide": ("Pide muy seguido", "leche-crisis"),
            "blando": ("El pecho está blando", "hoja-blando"),
        },
    ),
    "leche-peso": (
        "¿Está ganando peso?",
        {"si": ("Sí", "hoja-llanto"), "no": ("No", "hoja-peso")},
    ),
    "leche-crisis": (
        "¿Desde cuándo pide más?",
        {"dias": ("Hace pocos días", "hoja-brote"), "siempre": ("Desde siempre", "hoja-pide")},
    ),
    "sueno": (
        "¿Qué te preocupa de las noches?",
        {"despierta": ("Se despierta mucho", "hoja-noche"), "colecho": ("Colecho", "hoja-colecho")},
    ),
}
_TITLES = {"dolor": "Dolor al dar el pecho", "leche": "Poca leche", "sueno": "Noches"}
VERSION = "es@1"
PLAN = Plan(
    version=VERSION,
    outline=Outline(
        ways={
            node: tuple(Way(option, label, (), to) for option, (label, to) in options.items())
            for node, (_, options) in _TREE.items()
        },
        questions={node: text for node, (text, _) in _TREE.items()},
        topics={node: node.split("-")[0] for node in _TREE},
        titles={
            to: to.removeprefix("hoja-").capitalize()
            for _, options in _TREE.values()
            for _, to in options.values()
            if to.startswith("hoja-")
        },
    ),
    topics=_TITLES,
    starts={topic: topic for topic in _TITLES},
)
SAID = {
    "dolor": "Me duele cuando le doy el pecho y no sé por qué",
    "leche": "Creo que tengo poca leche para mi bebé",
    "sueno": "Se despierta toda la noche y no puedo más",
}
DANGER = 0.05
"""Share of mothers who are warned, and go."""
UNREAD = ("pincha como alfileres todo el rato", "son pinchazos como alfileres", "como si pinchara")


@dataclass(frozen=True)
class Faults:
    """What is wrong with the tree: nodes, options and answers."""

    confuses: str | None = None
    abandoned: str | None = None
    same: tuple[str, str] | None = None
    """A question and the option that nearly all choose."""
    split: tuple[str, str] | None = None
    """A question and the option after which it goes wrong."""
    switched: str | None = None
    not_helped: str | None = None
    unread: str | None = None
    """A question whose first option is said in words that nobody foresaw."""
    never: frozenset[str] = field(default=frozenset())
    """Answers that the way to is never taken."""


def talks(count: int, seed: int, faults: Faults | None = None) -> Iterator[Talk]:
    """Conversations of the half year before NOW."""
    rng = random.Random(seed)
    for number in range(count):
        navigator, model = rng.choice((("semantic", None), ("scored", "openai:qwen3-8b")))
        at = NOW - timedelta(minutes=rng.randrange(2 * 24 * 60, 180 * 24 * 60))
        turns = list(_Mother(rng, at, faults or Faults()).turns())
        yield Talk(f"{number:05}", turns[-1][-1].at, navigator, model, turns)


class _Mother:
    """One who walks to an answer, with the doubts that everybody has."""

    def __init__(self, rng: random.Random, at: datetime, faults: Faults) -> None:
        self._rng = rng
        self._at = at
        self._faults = faults

    def turns(self) -> Iterator[list[Event]]:
        """Her conversation."""
        topic = self._rng.choices(list(_TITLES), (5, 4, 2))[0]
        jump = Moved(
            at=self._at, kind="jump", origin=None, target=topic, move=topic,
            label=_TITLES[topic], topic=topic,
        )  # fmt: skip
        if self._rng.random() < DANGER:
            warning = Replied(at=self._at, kind="danger", text="Ve ahora.", urgency="emergency")
            yield [self._says(SAID[topic]), jump, warning]
            return
        yield [self._says(SAID[topic]), jump, *self._asks(topic)]
        node, tries, again = topic, 0, False
        path: list[tuple[str, str]] = []
        while node in _TREE:
            if self._rng.random() < (0.4 if node == self._faults.abandoned else 0.03):
                return
            if tries == 0 and self._rng.random() < (0.5 if node == self._faults.confuses else 0.05):
                tries = 1
                yield [self._says("¿Qué quieres decir?"), *self._asks(node, "she asks back")]
                continue
            option = self._chooses(node)
            path = [*(step for step in path if step[0] != node), (node, option)]
            if tries < 2 and node == self._faults.unread and option == next(iter(_TREE[node][1])):
                tries = 2
                said = self._says(self._rng.choice(UNREAD))
                yield [said, *self._asks(node, "no option stands out")]
            label, target = _TREE[node][1][option]
            move = Moved(
                at=self._at, kind="choose", origin=node, target=target, move=option, label=label
            )
            said = self._says(label)
            if target in _TREE:
                yield [said, move, *self._asks(target)]
                returns = 0.4 if node == self._faults.switched else 0.02
                if not again and self._rng.random() < returns:
                    again = True
                    back = Moved(
                        at=self._at, kind="back", origin=target, target=node, move="", label=""
                    )
                    yield [self._says("Volver"), back, *self._asks(node)]
                    continue
            else:
                answer = Replied(at=self._at, kind="answer", text="Prueba esto.", node=target)
                yield [said, move, answer, *self._rates(target, path)]
            node, tries = target, 0

    def _chooses(self, node: str) -> str:
        options = [o for o, (_, to) in _TREE[node][1].items() if to not in self._faults.never]
        if self._faults.same and node == self._faults.same[0] and self._rng.random() < 0.985:
            return self._faults.same[1]
        return self._rng.choice(options)

    def _rates(self, answer: str, path: Sequence[tuple[str, str]]) -> Sequence[Event]:
        if self._rng.random() > 0.6:
            return ()
        bad = answer == self._faults.not_helped or self._faults.split in path
        helped = self._rng.random() > (0.7 if bad else 0.15)
        return (Rated(at=self._at, node=answer, helped=helped),)

    def _says(self, text: str) -> MessageReceived:
        self._at += timedelta(seconds=self._rng.randrange(8, 60))
        return MessageReceived(at=self._at, text=text)

    def _asks(self, node: str, why: Reason = "the next question") -> Sequence[Event]:
        text, options = _TREE[node]
        action = "explain" if why == "she asks back" else "ask"
        share = 1 / len(options)
        posterior = [
            Choice(id=option, label=label, probability=share)
            for option, (label, _) in options.items()
        ]
        decided = Decided(
            at=self._at, node=node, action=action, why=why, evidence=[],
            posterior=posterior, threshold=0.8,
        )  # fmt: skip
        return decided, Replied(at=self._at, kind="question", text=text, node=node)
