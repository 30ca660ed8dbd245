"""A tree in which no rule finds anything, and ways to change it."""

import copy
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.trees import Item
from tools.lint import Finding, lint
from tools.lint.outdated import OutdatedAdvice
from tools.tree import Tree, Urgency

Change = Callable[[Item], Any]
TODAY = date(2026, 11, 23)
SIGNS: dict[str, Urgency] = {"fit": "emergency", "fever": "same_day", "pain": "same_day"}
OUTDATED = OutdatedAdvice.model_validate(
    {
        "corrections": ["no !olvid*", "sin", "ni", "evit*"],
        "refusals": ["no (1) recomiend*"],
        "advice": [
            {
                "id": "vaciar",
                "wordings": ["vaci* (2) pecho/pechos"],
                "unless": ["produ*"],
                "why": "It raises production.",
                "instead": "feed on demand",
                "sources": ["old"],
            }
        ],
        "sources": [
            {
                "id": "old",
                "title": "Review",
                "organisation": "Academy",
                "year": 2024,
                "url": "https://example.org/old",
                "checked_on": "2026-11-23",
                "verification": "page",
            }
        ],
    }
)
EXAMPLES = [
    "me duele mucho al dar de mamar",
    "tengo una zona roja y caliente",
    "cada toma es un suplicio para mí",
    "creo que me ha salido un bulto",
    "se me pone el pezón blanco al soltarse",
    "lloro cuando se engancha mi niña",
    "desde ayer estoy con fiebre y tiritona",
    "no sé si esto es normal o no",
    "el lado derecho está como una piedra",
    "mi suegra dice que es un golpe de aire",
]


def clean() -> Item:
    """The tree as plain data."""
    return copy.deepcopy(_CLEAN)


def found(
    change: Change,
    only: str | None = None,
    *,
    today: date = TODAY,
    outdated_advice: OutdatedAdvice = OUTDATED,
    dead: Mapping[str, int | str] | None = None,
) -> list[Finding]:
    """What the rules find once `change` has been made."""
    content = clean()
    change(content)
    return lint(
        Tree.model_validate(content),
        SIGNS,
        today=today,
        outdated_advice=outdated_advice,
        dead=dead,
        only=[only] if only else None,
    )


def node(content: Item, name: str) -> Item:
    """A node by id."""
    return next(item for item in content["nodes"] if item["id"] == name)


def options(content: Item, *labels: str) -> None:
    """Give the first question these labels and no examples that clash."""
    node(content, "q")["options"] = [
        {"id": f"o{number}", "label": label, "to": "leaf", "examples": _some(number)}
        for number, label in enumerate(labels)
    ]


def branches(content: Item, *whens: str) -> None:
    """Give the logic node these conditions."""
    node(content, "l")["branches"] = [{"when": when, "to": "go"} for when in whens]


def leaf(name: str = "new", **fields: Any) -> Item:
    """An answer in which nothing is to be mended."""
    return {
        "id": name,
        "kind": "advice",
        "title": "Mejora el agarre",
        "text": "Pon al bebé cerca. Espera a que abra la boca.",
        "normal": "Los primeros días molesta un poco al empezar.",
        "seek_help": "Pide ayuda si te duele toda la toma.",
        "urgency": "none",
        "sources": ["guide"],
    } | fields


def question(name: str, *targets: str) -> Item:
    """A question in which nothing is to be mended."""
    return {
        "id": name,
        "kind": "question",
        "text": "¿Qué notas?",
        "options": [
            {"id": f"o{i}", "label": f"Cosa {'abcdef'[i]}", "to": to, "examples": _some(i)}
            for i, to in enumerate(targets)
        ],
    }


def _some(number: int) -> list[str]:
    words = (
        "lunes rojo sol",
        "martes azul mar",
        "jueves gris luz",
        "sábado oro pan",
        "uno dos",
        "ya",
    )
    first = words[number]
    return [f"{first} temprano", f"quizá {first}", f"creo que {first} tarde"]


_CLEAN: Item = {
    "id": "prueba",
    "title": "Prueba",
    "language": "es",
    "licence": "CC0-1.0",
    "variables": {
        "age": {"type": "number", "unit": "days", "min": 0, "max": 100, "label": "edad"},
        "fever": {"type": "number", "unit": "°C", "min": 34, "max": 43, "label": "fiebre"},
        "preterm": {"type": "boolean", "label": "prematuro"},
    },
    "topics": [
        {
            "id": "topic",
            "title": "Tema",
            "summary": "Le duele.",
            "starts_at": "q",
            "red_flags": ["fever"],
            "examples": EXAMPLES,
        }
    ],
    "nodes": [
        question("q", "l", "leaf"),
        {
            "id": "l",
            "kind": "logic",
            "branches": [{"when": "age < 14", "to": "go"}],
            "else": "leaf",
        },
        {"id": "ask-age", "kind": "input", "text": "¿Qué edad tiene?", "variable": "age"},
        leaf("leaf"),
        leaf("go", kind="referral", urgency="same_day", service="matrona", title="Que te vean"),
    ],
    "sources": [
        {
            "id": "guide",
            "title": "Guía",
            "organisation": "Asociación",
            "year": 2001,
            "url": "https://example.org/guide",
            "checked_on": "2024-11-23",
            "verification": "page",
        }
    ],
    "topic_of": {"q": "topic", "l": "topic", "leaf": "topic", "go": "topic"},
}
