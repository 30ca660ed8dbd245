"""What a span says of an event: the attributes of two conventions, and ours.

Nothing that she said, a model wrote or an error tells goes in here. Text is taken only from what is
ours or the operator's: names, ids of the tree, Cypher without its parameters. What a model called
a tool is known to be ours before it is repeated, and of an error there is its class.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import overload

from openinference.semconv.trace import (
    DocumentAttributes,
    OpenInferenceSpanKindValues,
    SpanAttributes,
)
from opentelemetry.semconv.attributes.db_attributes import (
    DB_QUERY_SUMMARY,
    DB_QUERY_TEXT,
    DB_SYSTEM_NAME,
)

from agent.traces import names
from records.events import (
    Choice,
    Decided,
    GraphQueried,
    Located,
    ModelCalled,
    Moved,
    Replied,
    Screened,
    ToolCalled,
    Understood,
)
from tools.graph_tools import GRAPH_TOOLS

Value = str | bool | int | float | Sequence[str] | Sequence[float]
Attributes = Mapping[str, Value]

PROVIDERS = {
    "openai": "openai",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "replicate": "replicate",
    "llama_cpp": "llama_cpp",
}
"""The conventions' names of agent/models/providers.py's; of the last two they have none."""
_MOST = 10
"""Candidates or moves of one span: the first ones are the likely ones."""
_TOOLS = frozenset(tool.name for tool in GRAPH_TOOLS)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,60}")
OTHER = "_OTHER"
"""What the conventions call an error, and we a tool, that has no name of ours."""


def kind(which: OpenInferenceSpanKindValues) -> Attributes:
    """What a span is, for OpenInference."""
    return {SpanAttributes.OPENINFERENCE_SPAN_KIND: which.value}


def error_class(cause: str) -> str:
    """The class of an error that the record tells as "Class: text"."""
    return _word(cause.partition(":")[0].replace(" ", "_"))


def tool_name(called: ToolCalled) -> str:
    """The tool's name if there is such a tool: else a model made it up, perhaps of her words."""
    return called.name if called.name in _TOOLS else OTHER


def of_guard(event: Screened) -> Attributes:
    """The look for danger."""
    return _known(
        kind(OpenInferenceSpanKindValues.GUARDRAIL),
        {
            names.GUARD_LEVEL: event.level,
            names.GUARD_SIGN: event.sign,
            names.GUARD_CHECKS: event.check is not None,
        },
    )


def of_understanding(event: Understood) -> Attributes:
    """How much was understood."""
    return _known(
        kind(OpenInferenceSpanKindValues.CHAIN),
        {
            names.SPANS: len(event.summary),
            names.FACTS: [fact.name for fact in event.facts],
            names.ASKS_BACK: event.asks_back,
        },
        _ranked(names.TOPICS, names.TOPIC_PROBABILITIES, event.topics),
    )


def of_location(event: Located, tree: str | None) -> Attributes:
    """The entry points: to both conventions a retrieval, whose documents are nodes of the tree."""
    best = event.candidates[:_MOST]
    found = {
        f"{SpanAttributes.RETRIEVAL_DOCUMENTS}.{place}.{name}": value
        for place, one in enumerate(best)
        for name, value in (
            (DocumentAttributes.DOCUMENT_ID, one.id),
            (DocumentAttributes.DOCUMENT_SCORE, one.probability),
        )
    }
    return _known(
        kind(OpenInferenceSpanKindValues.RETRIEVER),
        {
            names.OPERATION: "retrieval",
            names.DATA_SOURCE: tree,
            names.RETRIEVED: json.dumps([{"id": one.id, "score": one.probability} for one in best]),
            names.NONE_FITS: event.none_of_these,
            names.UNCLEAR: event.unclear,
        },
        found,
    )


def of_decision(event: Decided) -> Attributes:
    """What was decided, and how probable the legal moves were."""
    return _known(
        kind(OpenInferenceSpanKindValues.CHAIN),
        {
            names.NODE: event.node,
            names.ACTION: event.action,
            names.WHY: event.why,
            names.EVIDENCE: [evidence.source for evidence in event.evidence],
            names.THRESHOLD: event.threshold,
        },
        _ranked(names.MOVES, names.PROBABILITIES, event.posterior),
    )


def of_move(event: Moved) -> Attributes:
    """A step in the tree. The conditions that held are left out: they tell of values."""
    return _known(
        kind(OpenInferenceSpanKindValues.CHAIN),
        {
            names.MOVE_KIND: event.kind,
            names.MOVE: event.move,
            names.ORIGIN: event.origin,
            names.TARGET: event.target,
            names.TOPIC: event.topic,
            names.FACTS: list(event.facts_used),
        },
    )


def of_query(event: GraphQueried) -> Attributes:
    """A query to the graph: its Cypher is a file of ours; its parameters stay here."""
    return _known(
        kind(OpenInferenceSpanKindValues.CHAIN),
        {
            DB_SYSTEM_NAME: "neo4j",
            DB_QUERY_SUMMARY: event.name,
            DB_QUERY_TEXT: event.cypher,
            names.RETURNED_ROWS: event.rows,
        },
    )


def of_model_call(event: ModelCalled, provider: str | None, dollars: float | None) -> Attributes:
    """A call to a model. Tokens are left out where the server did not tell them."""
    prompts = [key.partition("@") for key in event.prompt.split() if "@" in key]
    told = (event.input_tokens, event.output_tokens)
    total = None if None in told else sum(tokens or 0 for tokens in told)
    # The conventions want "error" for an answer that did not come.
    finished = "error" if event.output is None else _word(event.finish_reason)
    return _known(
        kind(OpenInferenceSpanKindValues.LLM),
        {
            names.OPERATION: "chat",
            names.PROVIDER: provider or OTHER,
            names.REQUEST_MODEL: event.model,
            names.PROMPT: "+".join(name for name, _, _ in prompts) or None,
            names.PROMPT_VERSION: "+".join(version for _, _, version in prompts) or None,
            names.INPUT_TOKENS: event.input_tokens,
            names.CACHED_TOKENS: event.cached_tokens,
            names.OUTPUT_TOKENS: event.output_tokens,
            names.FINISH_REASONS: [finished] if finished else None,
            SpanAttributes.LLM_MODEL_NAME: event.model,
            SpanAttributes.LLM_PROVIDER: provider,
            SpanAttributes.LLM_TOKEN_COUNT_PROMPT: event.input_tokens,
            SpanAttributes.LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ: event.cached_tokens,
            SpanAttributes.LLM_TOKEN_COUNT_COMPLETION: event.output_tokens,
            SpanAttributes.LLM_TOKEN_COUNT_TOTAL: total,
            SpanAttributes.LLM_FINISH_REASON: finished,
            SpanAttributes.LLM_COST_TOTAL: dollars,
        },
    )


def of_tool_call(event: ToolCalled) -> Attributes:
    """A tool that a model called, without what it was given and what it answered."""
    return _known(
        kind(OpenInferenceSpanKindValues.TOOL),
        {
            names.OPERATION: "execute_tool",
            names.TOOL: tool_name(event),
            names.TOOL_TYPE: "function",
            names.REFUSED: event.refused,
            SpanAttributes.TOOL_NAME: tool_name(event),
        },
    )


def of_reply(event: Replied) -> Attributes:
    """What she reads, by the node whose text it is."""
    return _known(
        kind(OpenInferenceSpanKindValues.CHAIN),
        {
            names.REPLY: event.kind,
            names.NODE: event.node,
            names.URGENCY: event.urgency,
            names.OPTIONS: len(event.options),
            names.SOURCES: len(event.sources),
        },
    )


@overload
def _word(text: str) -> str: ...
@overload
def _word(text: None) -> None: ...
def _word(text: str | None) -> str | None:
    """A name as programs have them; anything else is not repeated."""
    return text if text is None or _WORD.fullmatch(text) else OTHER


def _ranked(ids: str, probabilities: str, choices: Sequence[Choice]) -> Mapping[str, Value]:
    """Two lists of the same length, or only the ids where nothing was estimated."""
    best = choices[:_MOST]
    chances = [choice.probability for choice in best if choice.probability is not None]
    found: dict[str, Value] = {ids: [choice.id for choice in best]}
    if len(chances) == len(best):
        found[probabilities] = chances
    return found


def _known(*parts: Mapping[str, Value | None]) -> Attributes:
    """All that has a value, in one."""
    together = {name: value for part in parts for name, value in part.items()}
    return {name: value for name, value in together.items() if value not in (None, [])}
