"""A tree of any size with the proportions of the shipped one: what has to stay fast.

Each topic has 16 nodes: 4 questions, 2 logic nodes and 10 answers; 4 options a question, 5
examples an option, 20 examples a topic. Words are made of syllables and as unevenly frequent as
in a language (Zipf), so that texts share letters and words the way real ones do.
"""

import random
from typing import Any

from tools.tree import Tree

Item = dict[str, Any]

NODES_OF_A_TOPIC = 16
_SMALL_WORDS = ("de", "la", "el", "que", "no", "a", "me", "en", "un", "una", "los", "se", "con")
_VARIABLES: Item = {
    "age": {"type": "number", "unit": "days", "min": 0, "max": 1500, "label": "edad"},
    "fever": {"type": "number", "unit": "°C", "min": 34, "max": 43, "label": "fiebre"},
    "preterm": {"type": "boolean", "label": "prematuro"},
}


def synthetic_tree(nodes: int, seed: int = 1) -> Tree:
    """A valid tree of about `nodes` nodes; the same one for the same arguments."""
    topics = max(1, nodes // NODES_OF_A_TOPIC)
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return _Writer(rng, topics).tree()


class _Writer:
    def __init__(self, rng: random.Random, topics: int) -> None:
        self._rng = rng
        self._topics = topics
        syllables = [a + b for a in "bcdfglmnprst" for b in ("a", "e", "i", "o", "u", "an", "es")]
        self._words = [
            *_SMALL_WORDS,
            *("".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(20_000)),
        ]
        self._weights = [0.0]
        for rank in range(1, len(self._words) + 1):
            self._weights.append(self._weights[-1] + 1 / rank)
        self._weights.pop(0)

    def tree(self) -> Tree:
        topics = [self._topic(number) for number in range(self._topics)]
        nodes: list[Item] = [
            {"id": f"pide-{name}", "kind": "input", "variable": name, "text": "¿Cuánto?"}
            for name in _VARIABLES
        ]
        topic_of: dict[str, str] = {}
        for number, topic in enumerate(topics):
            own = self._nodes(number)
            nodes += own
            topic_of |= {node["id"]: topic["id"] for node in own}
        return Tree.model_validate(
            {
                "id": "sintetico",
                "title": "Sintético",
                "language": "es",
                "licence": "CC0-1.0",
                "variables": _VARIABLES,
                "topics": topics,
                "nodes": nodes,
                "topic_of": topic_of,
                "sources": [self._source(number) for number in range(self._topics)],
            }
        )

    def _topic(self, number: int) -> Item:
        return {
            "id": f"t{number}",
            "title": self._text(3),
            "summary": self._text(12),
            "starts_at": f"t{number}-q0",
            "red_flags": ["fever"],
            "examples": [self._text(8) for _ in range(20)],
        }

    def _nodes(self, number: int) -> list[Item]:
        def name(kind: str, index: int) -> str:
            return f"t{number}-{kind}{index}"

        below = [
            [name("q", 1), name("q", 2), name("q", 3), name("r", 0)],
            [name("l", 0), name("a", 0), name("a", 1), name("a", 2)],
            [name("l", 1), name("a", 3), name("a", 4), name("a", 5)],
            [name("a", 6), name("a", 7), name("a", 8), f"t{(number + 1) % self._topics}-q0"],
        ]
        questions = [self._question(name("q", i), targets) for i, targets in enumerate(below)]
        age, fever = self._rng.randint(1, 400), self._rng.randint(37, 39)
        logic = [
            _logic(name("l", 0), [(f"age < {age}", name("a", 0)), (f"age >= {age}", name("a", 1))]),
            _logic(
                name("l", 1),
                [
                    (f"fever >= {fever} and preterm", name("r", 0)),
                    (f"age < {age} or fever > {fever}", name("a", 3)),
                ],
            ),
        ]
        leaves = [self._leaf(name("a", index), number) for index in range(9)]
        referral = self._leaf(name("r", 0), number)
        referral |= {"kind": "referral", "urgency": "emergency", "service": "urgencias"}
        return [*questions, *logic, *leaves, referral]

    def _question(self, name: str, targets: list[str]) -> Item:
        return {
            "id": name,
            "kind": "question",
            "text": f"¿{self._text(8)}?",
            "help": self._text(15),
            "options": [
                {
                    "id": f"o{index}",
                    "label": f"{self._text(4)} {index}",
                    "to": target,
                    "examples": [self._text(7) for _ in range(5)],
                }
                for index, target in enumerate(targets)
            ],
        }

    def _leaf(self, name: str, number: int) -> Item:
        return {
            "id": name,
            "kind": "advice",
            "title": self._text(5),
            "urgency": "none",
            "text": ". ".join(self._text(9) for _ in range(7)),
            "normal": self._text(14),
            "seek_help": self._text(20),
            "sources": [f"s{number}", f"s{self._rng.randrange(self._topics)}"],
        }

    def _source(self, number: int) -> Item:
        return {
            "id": f"s{number}",
            "title": self._text(6),
            "organisation": self._text(2),
            "year": 2024,
            "url": f"https://example.org/{number}",
            "checked_on": "2026-11-23",
            "verification": "page",
        }

    def _text(self, length: int) -> str:
        words = self._rng.choices(self._words, cum_weights=self._weights, k=length)
        return " ".join(words)


def _logic(name: str, branches: list[tuple[str, str]]) -> Item:
    return {
        "id": name,
        "kind": "logic",
        "branches": [{"when": when, "to": to} for when, to in branches],
        "else": branches[-1][1],
    }
