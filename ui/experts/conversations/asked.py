"""What the graph, models and tools were asked, as steps of a timeline: HTML, folded. Pure."""

from pydantic import JsonValue

from agent.texts import Texts
from records.events import FellBack, GraphQueried, ModelCalled, ToolCalled
from ui.experts.markup import (
    block,
    chips,
    duration,
    escaped,
    folded,
    json_block,
    named,
    paragraph,
)


def queried(event: GraphQueried, texts: Texts) -> str:
    """A query with its rows and time; folded, its Cypher and parameters."""
    title = texts("experts.query", name=event.name, rows=event.rows, time=duration(event.ms, texts))
    parameters = json_block(event.parameters)
    return folded(
        title,
        f"<h5>{escaped(texts('experts.cypher'))}</h5>{block(event.cypher)}"
        f"<h5>{escaped(texts('experts.parameters'))}</h5>{parameters}",
    )


def called(event: ModelCalled, texts: Texts) -> str:
    """A call of a model with its tokens and time; folded, what it read and said."""
    unknown = texts("experts.unknown")
    facts = texts(
        "experts.model_call",
        prompt=event.prompt,
        input=unknown if event.input_tokens is None else event.input_tokens,
        output=unknown if event.output_tokens is None else event.output_tokens,
        time=duration(event.ms, texts),
    )
    error = f'<p class="bad">{escaped(event.error)}</p>' if event.error else ""
    given = folded(
        texts("experts.model_input", count=len(event.messages)),
        "".join(_message(message) for message in event.messages),
    )
    answer = _message(event.output) if event.output is not None else ""
    reply = folded(texts("experts.model_output"), answer) if answer else ""
    name = f"<strong>{escaped(event.model)}</strong>"
    return f'<p>{name} <span class="quiet">{escaped(facts)}</span></p>{error}{given}{reply}'


def fell_back(event: FellBack, texts: Texts) -> str:
    """Who went on for whom, and why."""
    way = texts("experts.fell_back", origin=event.origin, target=event.target)
    why = named(texts, "fell_back_why", event.why)
    return f'{paragraph(way)}{paragraph(why)}<p class="bad">{escaped(event.cause)}</p>'


def tool(event: ToolCalled, texts: Texts) -> str:
    """What a model wanted to do, and whether it might."""
    verdict = texts("experts.refused") if event.refused else texts("experts.accepted")
    kind = "level-emergency" if event.refused else "level-none"
    return (
        f"<p><code>{escaped(event.name)}</code> {chips([verdict], kind)}</p>"
        + folded(texts("experts.arguments"), json_block(event.arguments))
        + folded(texts("experts.result"), block(event.result))
    )


def _message(message: dict[str, JsonValue]) -> str:
    """A chat message: its text as text, anything else as JSON."""
    rest: dict[str, JsonValue] = {
        key: value for key, value in message.items() if value not in (None, "", [], {})
    }
    role = rest.pop("role", None) or rest.pop("type", "")
    content = rest.get("content")
    text = block(str(rest.pop("content"))) if isinstance(content, str) else ""
    return f"<h5>{escaped(role)}</h5>{text}{json_block(rest) if rest else ''}"
