"""An answer in a model's own words that cites the answers of the tree it comes from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from agent.models.structured import read_object
from agent.replying.claims import unsupported
from evaluation.study.attempt import Exchange, TokenCount

Kind = Literal["answer", "question", "danger"]
_MOST_CITED = 3
LONGEST = 800
"""Letters of a text: a small model that must not end its JSON would go on for ever. Grammars of
llama.cpp count up to about a thousand."""


@dataclass(frozen=True)
class Cited:
    """What the model made of her message."""

    kind: Kind
    text: str
    cites: tuple[str, ...] = ()
    """Of the ids that it was given, the most important first."""


def schema_of(ids: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer that may cite `ids`."""
    # An empty enumeration is an error to some servers.
    cited = {"type": "string", "enum": list(ids)} if ids else {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(get_args(Kind))},
            "cites": {"type": "array", "items": cited, "maxItems": _MOST_CITED},
            "text": {"type": "string", "maxLength": LONGEST},
        },
        "required": ["kind", "cites", "text"],
        "additionalProperties": False,
    }


def read_cited(content: str, ids: Sequence[str]) -> Cited:
    """What an answer says; ids that the model was not given are left out.

    One that is no such object is what she reads, and cites nothing.
    """
    answer = read_object(content)
    text, kind, cites = (answer.get(key) for key in ("text", "kind", "cites"))
    if not isinstance(text, str) or kind not in get_args(Kind):
        return Cited("answer", content.strip())
    found = [name for name in cites if name in ids] if isinstance(cites, list) else []
    return Cited(cast(Kind, kind), text.strip(), tuple(dict.fromkeys(found)))


def told(
    said: str, answer: Cited, sources: list[str], spent: TokenCount, started: float
) -> Exchange:
    """What is kept of it.

    `sources` are the texts that its claims may come from; `started` a time.perf_counter().
    """
    is_answer = answer.kind == "answer"
    return Exchange(
        said=said,
        kind=answer.kind,
        node=answer.cites[0] if is_answer and answer.cites else None,
        text=answer.text,
        options=(),
        shown=answer.cites if is_answer else (),
        unsupported=() if answer.kind == "question" else unsupported(answer.text, sources),
        spent=spent,
        ms=round((time.perf_counter() - started) * 1000, 2),
    )
