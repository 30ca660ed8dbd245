"""Trees for tests: a small one made by hand, and random valid ones, in memory and as YAML folders.

`draft.tree()` puts the pieces together without the YAML reader, so that the reader has something
to agree with.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from tools.encoder import Role, Vectors
from tools.tree import Tree
from tools.words import words

Item = dict[str, Any]

SMALL: dict[str, str] = {
    "tree.yaml": """\
tree:
  id: prueba
  title: Árbol de prueba
  language: es
  licence: CC-BY-SA-4.0

variables:
  baby_age_days: {type: number, unit: days, min: 0, max: 1500, label: edad del bebé}
  preterm: {type: boolean, label: prematuro}
  temperature: {type: number, unit: °C, min: 34, max: 43, label: temperatura}
""",
    "comun.yaml": """\
nodes:
  - {id: edad, kind: input, variable: baby_age_days, text: ¿Qué edad tiene tu bebé?}
  - {id: prematuro, kind: input, variable: preterm, text: ¿Nació antes de la semana 37?}
  - {id: fiebre, kind: input, variable: temperature, text: ¿Qué temperatura tienes ahora?}
  - id: consulta
    kind: referral
    title: Que te vean hoy
    urgency: same_day
    service: matrona
    text: Pide que te vean hoy.
    sources: [guia]
    entry: {title: Quiero que me vean, description: Pide cita., examples: [necesito cita]}

sources:
  - id: guia
    title: Guía de lactancia
    organisation: Asociación
    year: 2021
    url: https://example.org/guia
    checked_on: "2026-11-23"
    verification: page
""",
    "dolor.yaml": """\
topic:
  id: dolor
  title: Dolor
  summary: Le duele al dar el pecho.
  covers: [pain]
  starts_at: dolor-cuando
  examples: [me duele al mamar, no aguanto el dolor]

nodes:
  - id: dolor-cuando
    kind: question
    text: ¿Cuándo te duele?
    help: El momento nos dice mucho.
    options:
      - {id: al-agarrar, label: Al agarrar, to: dolor-logica, examples: [al engancharse]}
      - {id: siempre, label: Siempre, to: dolor-fiebre}
      - {id: "no", label: No me duele, to: dolor-agarre}
  - id: dolor-logica
    kind: logic
    branches:
      - {when: baby_age_days < 14 and preterm, to: consulta}
      - {when: baby_age_days < 14, to: dolor-primeros-dias}
    else: dolor-logica-dos
  - id: dolor-logica-dos
    kind: logic
    branches:
      - {when: baby_age_days >= 180, to: dolor-dientes}
    else: dolor-agarre
  - id: dolor-fiebre
    kind: input
    variable: temperature
    text: ¿Qué temperatura tienes?
    to: dolor-fiebre-logica
  - id: dolor-fiebre-logica
    kind: logic
    branches:
      - {when: temperature >= 38, to: consulta}
    else: dolor-cuando
  - id: dolor-primeros-dias
    kind: advice
    title: Dolor de los primeros días
    urgency: none
    text: Suele pasar pronto.
    normal: Unos segundos al empezar.
    seek_help: Si no cede.
    sources: [guia]
    see_also: [dolor-agarre, consulta]
  - id: dolor-agarre
    kind: advice
    title: Mejora el agarre
    urgency: none
    text: Barriga con barriga.
    sources: [guia]
    reviewed_on: "2026-10-01"
    reviewed_by: Una matrona
  - id: dolor-dientes
    kind: question
    text: ¿Le salen los dientes?
    entry: {title: Me muerde, description: El bebé muerde.}
    options:
      - {id: muerde, label: Sí, to: dolor-agarre}
      - {id: no-muerde, label: Todavía no, to: dolor-cuando}
""",
}
"""A whole small tree, text by file name: logic in a row, an input of each kind and a cycle."""


def write_small(folder: Path, **changed: str) -> Path:
    """Write the small tree; a changed file is given as name without ".yaml" = text."""
    files = SMALL | {f"{name}.yaml": text for name, text in changed.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@dataclass(frozen=True)
class Draft:
    """A tree as plain data, the way its YAML files say it."""

    files: dict[str, Item]
    """Content by file name, in the order in which the reader takes the files."""

    def write(self, folder: Path) -> Path:
        """Write the files; returns the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (folder / name).write_text(text, "utf-8")
        return folder

    def tree(self) -> Tree:
        """The validated tree, without going through files."""
        content: Item = {
            **self.files["tree.yaml"]["tree"],
            "variables": {},
            "topics": [],
            "nodes": [],
            "sources": [],
            "topic_of": {},
        }
        for name in sorted(self.files):
            part = self.files[name]
            content["variables"] |= part.get("variables", {})
            content["nodes"] += part.get("nodes", [])
            content["sources"] += part.get("sources", [])
            if topic := part.get("topic"):
                content["topics"].append(topic)
                content["topic_of"] |= {node["id"]: topic["id"] for node in part["nodes"]}
        return Tree.model_validate(content)

    @property
    def nodes(self) -> dict[str, Item]:
        """Every node by id."""
        return {n["id"]: n for part in self.files.values() for n in part.get("nodes", [])}


def random_tree(seed: int, nodes: int = 40, tree_id: str = "azar") -> Tree:
    """A valid random tree with about `nodes` nodes; the same one for the same arguments."""
    return random_draft(seed, nodes, tree_id).tree()


def random_draft(seed: int, nodes: int = 40, tree_id: str = "azar") -> Draft:
    """As `random_tree`, but as plain data."""
    return _Maker(random.Random(seed), nodes).draft(tree_id)


VARIABLES: dict[str, Item] = {
    "baby_age_days": {"type": "number", "unit": "days", "min": 0, "max": 60, "label": "edad"},
    "temperature": {"type": "number", "unit": "°C", "min": 34.5, "max": 43, "label": "fiebre"},
    "feeds": {"type": "number", "unit": "times", "min": 0, "max": 20, "label": "tomas"},
    "preterm": {"type": "boolean", "label": "prematuro", "said": ["sietemesino"]},
    "weight_back": {"type": "boolean", "label": "peso recuperado", "denied": ["a término"]},
}
_WORDS = [
    *("pecho", "duele", "no", "sí", "on", "off", "leche", "bebé", "niña", "agarre", "grieta"),
    *("2026-11-23", "1:30", "~", "null", "true", "38,5", "pezón", "toma", "noche", "«así»"),
    *("¿cuándo?", "mucho-poco", "día:", "#nada", "año", "0x1F", "👶", "ñ", "it's", "'", "`$x`"),
]


class _Maker:
    """Draws one tree. Nodes are numbered; logic nodes lead only to shown or later logic nodes."""

    def __init__(self, rng: random.Random, nodes: int) -> None:
        self._rng = rng
        self._topics = rng.randint(2, 4)
        self._areas = {} if self._topics == 2 else {"el-pecho": "El pecho", "bebe": "El bebé"}
        size = max(6, nodes // self._topics)
        self._kinds: dict[str, str] = {}
        self._members: list[list[str]] = []
        for topic in range(self._topics):
            names = [f"t{topic}-n{index}" for index in range(size)]
            self._members.append(names)
            for index, name in enumerate(names):
                self._kinds[name] = self._kind(index, size)
        self._shared = [f"comun-{index}" for index in range(4)]
        kinds = ("question", "logic", "advice", "referral")
        self._kinds |= dict(zip(self._shared, kinds, strict=True))
        self._order = {name: index for index, name in enumerate(self._kinds)}

    def draft(self, tree_id: str) -> Draft:
        sources = [self._source(f"fuente-{index}") for index in range(5)]
        inputs = [
            {"id": f"pide-{name}", "kind": "input", "variable": name, "text": self._text()}
            for name in VARIABLES
        ]
        files: dict[str, Item] = {
            "tree.yaml": {
                "tree": {
                    "id": tree_id,
                    "title": "Azar",
                    "language": "es",
                    "licence": "CC0-1.0",
                    "areas": self._areas,
                },
                "variables": VARIABLES,
            },
            "comun.yaml": {
                "nodes": inputs + [self._node(name, None) for name in self._shared],
                "sources": sources,
            },
        }
        for topic, names in enumerate(self._members):
            files[f"tema-{topic}.yaml"] = {
                "topic": {
                    "id": f"tema-{topic}",
                    "title": self._text(),
                    "summary": self._text(),
                    "starts_at": names[0],
                    "examples": [self._text() for _ in range(self._rng.randint(0, 3))],
                    **self._topic_extras(topic),
                },
                "nodes": [self._node(name, topic) for name in names],
            }
        return Draft(dict(sorted(files.items())))

    def _topic_extras(self, topic: int) -> Item:
        rng = self._rng
        others = [f"tema-{index}" for index in range(len(self._members)) if index != topic]
        return {
            "area": list(self._areas)[topic % len(self._areas)] if self._areas else None,
            "covers": [f"c{index}" for index in range(rng.randint(0, 2))],
            "only_when_said": ["muri", "perdi"] if topic == 1 else [],
            "red_flags": rng.choice([None, [], ["fever"], ["fever", "fit"]]),
            "near_misses": [
                {"says": self._text(), "belongs_to": rng.choice(others)}
                for _ in range(rng.randint(0, 2) if others else 0)
            ],
        }

    def _kind(self, index: int, size: int) -> str:
        if index == 0:
            return self._rng.choice(["question", "question", "input"])
        if index < 4:
            return ("logic", "question", "logic")[index - 1]
        if index >= size - 2:
            return ("advice", "referral")[size - 1 - index]
        return self._rng.choices(
            ["question", "logic", "input", "advice", "referral"], [40, 25, 10, 15, 10]
        )[0]

    def _node(self, name: str, topic: int | None) -> Item:
        rng, kind = self._rng, self._kinds[name]
        node: Item = {"id": name, "kind": kind}
        if kind in ("question", "input"):
            node["text"] = self._text()
            if rng.random() < 0.4:
                node["help"] = self._text()
        match kind:
            case "question":
                node["options"] = [
                    {
                        "id": f"o{index}",
                        "label": f"{index} {self._text()}",
                        "to": self._target(name, topic),
                        "confirm": index == 3,
                        "examples": [self._text() for _ in range(rng.randint(0, 2))],
                    }
                    for index in rng.sample(range(9), rng.randint(2, 6))
                ]
            case "input":
                node |= {"variable": rng.choice(list(VARIABLES)), "to": self._target(name, topic)}
            case "logic":
                node["branches"] = [
                    {"when": random_condition(rng), "to": self._target(name, topic)}
                    for _ in range(rng.randint(1, 3))
                ]
                node["else"] = self._target(name, topic)
            case _:
                node |= {"title": self._text(), "text": self._text(), "urgency": "none"}
                if kind == "referral":
                    node["service"] = self._text()
                if rng.random() < 0.5:
                    node |= {"normal": self._text(), "reviewed_on": "2026-10-01"}
                    node |= {"reviewed_by": self._text(), "reviewed_text": "0123456789ab"}
        if kind != "logic":
            node["sources"] = rng.sample([f"fuente-{i}" for i in range(5)], rng.randint(1, 3))
            node["see_also"] = rng.sample(self._shown(), rng.randint(0, 3))
            if name == self._shared[2] or (rng.random() < 0.25 and not name.endswith("-n0")):
                node["entry"] = {
                    "title": self._text(),
                    "description": self._text(),
                    "examples": [self._text() for _ in range(rng.randint(0, 2))],
                }
        return node

    def _target(self, origin: str, topic: int | None) -> str:
        """Mostly onwards in the same topic, sometimes back, shared, or to another topic."""
        rng = self._rng
        own = self._members[topic] if topic is not None else self._shared
        onwards = [name for name in own if self._order[name] > self._order[origin]]
        draw = rng.random()
        if draw < 0.7 and onwards:
            candidates = onwards[:5]
        elif draw < 0.85:
            candidates = self._shared
        else:
            candidates = list(self._kinds)
        if self._kinds[origin] == "logic":
            candidates = [
                name
                for name in candidates
                if self._kinds[name] != "logic" or self._order[name] > self._order[origin]
            ]
        return rng.choice(candidates)

    def _shown(self) -> list[str]:
        return [name for name, kind in self._kinds.items() if kind != "logic"]

    def _source(self, name: str) -> Item:
        return {
            "id": name,
            "title": self._text(),
            "organisation": self._text(),
            "year": self._rng.choice([None, 2019, 2024]),
            "url": f"https://example.org/{name}",
            "checked_on": "2026-11-23",
            "verification": self._rng.choice(["page", "excerpt", "unread"]),
            "language": "es",
        }

    def _text(self) -> str:
        return " ".join(self._rng.choices(_WORDS, k=self._rng.randint(1, 6)))


def random_condition(rng: random.Random, depth: int = 2) -> str:
    """A random condition on VARIABLES, in the grammar of logic nodes."""
    if depth and rng.random() < 0.6:
        left, right = (random_condition(rng, depth - 1) for _ in range(2))
        return rng.choice(
            [f"({left}) and ({right})", f"({left}) or ({right})", f"not ({left})", left]
        )
    name = rng.choice(list(VARIABLES))
    if VARIABLES[name]["type"] == "boolean":
        return rng.choice([name, f"not {name}", f"{name} == true", f"{name} != false"])
    low, high = (int(VARIABLES[name][key]) for key in ("min", "max"))
    number = rng.choice([str(rng.randint(low, high)), f"{rng.uniform(low, high):.1f}"])
    listed = ", ".join(str(rng.randint(low, high)) for _ in range(rng.randint(1, 4)))
    return rng.choice(
        [
            *(f"{name} {sign} {number}" for sign in ("<", "<=", ">", ">=", "==", "!=")),
            f"{number} > {name}",
            f"{low} <= {name} < {number}",
            f"{name} in [{listed}]",
            f"{name} not in [{listed}]",
        ]
    )


class MeaningEncoder:
    """A tiny encoder: words are hashed to directions, and a few synonyms share theirs."""

    name = "fake-meaning"
    _SYNONYMS = {"calentura": "fiebre", "seno": "pecho", "teta": "pecho"}  # noqa: RUF012

    def __init__(self) -> None:
        self.given: list[tuple[str, Role]] = []

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row of 64 a text."""
        self.given += [(text, role) for text in texts]
        rows = np.stack([self._row(text) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def _row(self, text: str) -> Vectors:
        row = np.full(64, 0.01, np.float32)
        for word in words(text):
            name = self._SYNONYMS.get(word.folded, word.folded)
            row[random.Random(name).randrange(64)] += 1
        return row
