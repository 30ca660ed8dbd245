"""The way to an answer, in words: what she was asked, and what she said or was understood. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.evidence.rules import same_words
from agent.texts import Texts
from records.events import Event, KnownFact, MessageReceived, Moved, Replied, Understood


@dataclass(frozen=True)
class Walked:
    """A step that was not undone."""

    node: str
    """Where it led."""
    kind: Literal["jump", "choose", "set"]
    origin: str | None
    """Where it was made."""
    move: str
    """Id of the option, the variable or the entry node."""
    label: str
    """The topic, option or value as she sees it."""
    asked: str | None
    """The question as she read it; None where she had not been asked."""
    said: str
    """What she wrote or pressed in that turn."""
    facts: tuple[str, ...]
    """Names of the facts that decided something on the way."""


def walked(events: Sequence[Event]) -> list[Walked]:
    """The steps from the start to where she is."""
    path: list[Walked] = []
    asked: dict[str, str] = {}
    message = ""
    for event in events:
        if isinstance(event, MessageReceived):
            message = event.text
        elif isinstance(event, Replied) and event.kind in ("question", "input") and event.node:
            # The second time a question is put in other words, which say less.
            asked.setdefault(event.node, event.text)
        elif isinstance(event, Moved):
            if event.kind == "back" or event.kind == "restart":
                while path and path[-1].node != event.target:
                    path.pop()
            elif event.target is not None:
                path.append(
                    Walked(
                        node=event.target,
                        kind=event.kind,
                        origin=event.origin,
                        move=event.move,
                        label=event.label,
                        asked=asked.get(event.origin or ""),
                        said=message,
                        facts=tuple(event.facts_used),
                    )
                )
    return path


def since_topic(path: Sequence[Walked]) -> list[Walked]:
    """The last steps of a path: those from where it last entered a topic."""
    entries = [index for index, step in enumerate(path) if step.kind == "jump"]
    return list(path[entries[-1] if entries else 0 :])


def why_lines(events: Sequence[Event], facts: Sequence[KnownFact], texts: Texts) -> list[str]:
    """Plain sentences that say how the last reply was reached, one a step; `facts` are known."""
    path = since_topic(walked(events))
    lines = [_line(step, texts) for step in path]
    used = {name for step in path for name in step.facts}
    told = [f"{fact.label}: {fact.shown}" for fact in facts if fact.name in used]
    if told:
        lines.append(texts("chat.why.facts", facts="; ".join(told)))
    return lines


def _line(step: Walked, texts: Texts) -> str:
    hers = same_words(step.said, step.label)
    if step.kind == "jump":
        how = "chosen" if hers else "topic"
    elif step.asked is None:
        how = "known"
    else:
        how = "answered" if hers else "understood"
    values = {"asked": step.asked or "", "label": step.label, "said": " ".join(step.said.split())}
    return texts(f"chat.why.{how}", **values)


def told_words(events: Sequence[Event]) -> list[str]:
    """The pieces of her messages that sum them up, each once; buttons are not her words.

    A message that was not read any further, as it told of danger, is whole.
    """
    said: dict[str, list[str]] = {}
    offered: list[str] = []
    for event in events:
        if isinstance(event, Replied):
            offered = event.options
        elif isinstance(event, MessageReceived) and event.text not in ("", *offered):
            said.setdefault(event.text, [" ".join(event.text.split())])
        elif isinstance(event, Understood) and event.text not in offered:
            said[event.text] = [span.text for span in event.summary]
    return list(dict.fromkeys(piece for pieces in said.values() for piece in pieces))


def own_messages(events: Sequence[Event]) -> list[str]:
    """Her messages since she last started over, whole; buttons are not her words."""
    own: list[str] = []
    offered: list[str] = []
    for event in events:
        if isinstance(event, Replied):
            offered = event.options
        elif isinstance(event, Moved) and event.kind == "restart":
            own.clear()
        elif isinstance(event, MessageReceived) and event.text.strip() not in ("", *offered):
            own.append(event.text)
    return own
