"""Makes the questions and answers of another program fit our tree: ids, numbers of options, texts.

What we have no room for is kept in another form, never dropped: a question with more than six
options goes on in further questions, one with a single way on is read out before what follows, and
one without any is an answer.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tools.components import reached
from tools.tree import Urgency
from tools.words import fold

MOST_OPTIONS = 6
LONGEST_TITLE = 60
"""Letters of a title that is made from a text."""
MORE = {
    "es": "Otra respuesta",
    "en": "Something else",
    "de": "Etwas anderes",
    "pt": "Outra resposta",
}
"""Label of the option that leads on to further options, by language."""


@dataclass
class ForeignOption:
    """A way on from a question."""

    label: str
    to: str
    """Key of the node that it leads to."""
    examples: list[str] = field(default_factory=list)


@dataclass
class ForeignNode:
    """A question, an answer where there are no options, or an input where it names a variable."""

    key: str
    """Its id in the other program."""
    text: str
    options: list[ForeignOption] = field(default_factory=list)
    variable: str | None = None
    """What an input asks for; it has a single way on."""
    help: str | None = None
    title: str | None = None
    normal: str | None = None
    seek_help: str | None = None
    urgency: Urgency = "none"
    service: str | None = None
    """Who she should see: makes the answer a referral."""
    see_also: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    entry: dict[str, Any] | None = None
    name: str | None = None
    """What its id is made from; left out: the key."""


class Names:
    """Ids of ours for the keys of another program: short, valid, never the same one twice."""

    def __init__(self) -> None:
        self._by_key: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, key: str, name: str | None = None) -> str:
        """The id of a key; `name` is what it is made from the first time."""
        if key not in self._by_key:
            self._by_key[key] = self._free(slug(name or key))
        return self._by_key[key]

    def _free(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        self._taken.add(name)
        return name


def slug(text: str) -> str:
    """A valid id from any text: "¿Tiene fiebre?" is tiene-fiebre."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    return "-".join(words)[:60].strip("-") or "n"


def title_from(text: str, longest: int = LONGEST_TITLE) -> str:
    """The beginning of a text, cut at a word, with at most `longest` letters and an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest].rsplit(' ', 1)[0]}…"


def fitted(nodes: Iterable[ForeignNode], names: Names, more: str) -> list[dict[str, Any]]:
    """The nodes as our content. `more` is the label of the option that leads to further options.

    A single way on must lead to a key among `nodes`; one of several options may also lead to what
    the caller makes itself, under the id that `names` has for it.
    """
    by_key = {node.key: node for node in nodes}
    for node in by_key.values():
        names.of(node.key, node.name)
    content: list[dict[str, Any]] = []
    for node in by_key.values():
        read_out = _read_out(node, by_key)
        if read_out.variable:
            content.append(_input(read_out, names))
        elif read_out.options:
            content += _split(read_out, names, more)
        else:
            content.append(_answer(read_out, names))
    return content


def _read_out(node: ForeignNode, by_key: dict[str, ForeignNode]) -> ForeignNode:
    """A node with a single way on, with what follows read out below its own text."""
    texts, current, seen = [node.text], node, {node.key}
    while len(current.options) == 1 and current.variable is None:
        current = by_key[current.options[0].to]
        if current.key in seen:
            return replace(node, options=[], see_also=[current.key, *node.see_also])
        seen.add(current.key)
        texts.append(current.text)
    if current is node:
        return node
    return replace(
        current,
        key=node.key,
        name=node.name,
        entry=node.entry,
        text="\n\n".join(texts),
        title=node.title or current.title,
        sources=[*dict.fromkeys([*node.sources, *current.sources])],
    )


def _split(node: ForeignNode, names: Names, more: str) -> list[dict[str, Any]]:
    """The question, and further ones for the options it has no room for."""
    parts: list[dict[str, Any]] = []
    rest = node.options
    while rest:
        fits = len(rest) <= MOST_OPTIONS
        here, rest = (rest, []) if fits else (rest[: MOST_OPTIONS - 1], rest[MOST_OPTIONS - 1 :])
        key = node.key if not parts else f"{node.key}/{len(parts)}"
        options = _options(here, names)
        if rest:
            further = f"{node.key}/{len(parts) + 1}"
            to = names.of(further, f"{node.name or node.key}-{len(parts) + 2}")
            options.append({"id": "more", "label": more, "to": to})
        parts.append(
            {
                "id": names.of(key, node.name),
                "kind": "question",
                "text": node.text,
                "help": node.help,
                "options": options,
                "sources": node.sources,
                "entry": node.entry if not parts else None,
            }
        )
    return parts


def _options(options: Iterable[ForeignOption], names: Names) -> list[dict[str, Any]]:
    own, labels = Names(), Names()
    content = []
    for number, option in enumerate(options):
        label = option.label
        if labels.of(str(number), label) != slug(label):
            # Two answers in the same words: tell them apart, rather than lose one.
            label = f"{label} ({number + 1})"
        content.append(
            {
                "id": own.of(str(number), option.label),
                "label": label,
                "to": names.of(option.to),
                "examples": option.examples,
            }
        )
    return content


def _input(node: ForeignNode, names: Names) -> dict[str, Any]:
    [onward] = node.options
    return {
        "id": names.of(node.key, node.name),
        "kind": "input",
        "variable": node.variable,
        "text": node.text,
        "help": node.help,
        "to": names.of(onward.to),
        "sources": node.sources,
        "entry": node.entry,
    }


def _answer(node: ForeignNode, names: Names) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": names.of(node.key, node.name),
        "kind": "referral" if node.service else "advice",
        "title": node.title or title_from(node.text),
        "text": node.text,
        "normal": node.normal,
        "seek_help": node.seek_help,
        "urgency": node.urgency,
        "see_also": [names.of(key) for key in node.see_also],
        "sources": node.sources,
        "entry": node.entry,
    }
    return content | ({"service": node.service} if node.service else {})


def without_read_out(
    content: Iterable[dict[str, Any]], starts: Iterable[str], led_to: Container[str]
) -> list[dict[str, Any]]:
    """`content` without those that ways led to there, and that are only read out after others here.

    `starts` are the first nodes of the topics, `led_to` the ids of all that ways led to there; what
    has no way to it in the other program either stays, to be found by the lint.
    """
    by_id = {node["id"]: node for node in content}
    began = [name for name, node in by_id.items() if node.get("entry") or name not in led_to]
    kept = reached({*starts, *began}, {name: _ways_on(node) for name, node in by_id.items()})
    return [node for name, node in by_id.items() if name in kept]


def _ways_on(node: dict[str, Any]) -> list[str]:
    steps = [step["to"] for key in ("options", "branches") for step in node.get(key, ())]
    further = [name for key in ("to", "else") if (name := node.get(key))]
    return [*steps, *further, *node.get("see_also", ())]


def topics_of(content: Iterable[dict[str, Any]], starts: dict[str, str]) -> dict[str, str]:
    """The topic of each node, for `starts` = {topic: its first node}; shared ones have none."""
    ways = {node["id"]: [option["to"] for option in node.get("options", ())] for node in content}
    reached_by: dict[str, set[str]] = {}
    for topic, start in starts.items():
        todo, seen = [start], {start}
        while todo:
            for target in ways.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        for name in seen:
            reached_by.setdefault(name, set()).add(topic)
    return {name: topics.pop() for name, topics in reached_by.items() if len(topics) == 1}
