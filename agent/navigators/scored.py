"""The navigator `scored`: one structured call a turn, whose answer is evidence like any other.
(An answer that is malformed as a whole is asked for once more.)

The model is given her clauses, the facts that may be noted and the choices that are legal now or
just behind them; it returns clause numbers, facts with quotes and a path of ids. What is not in the
enumeration, or whose quote is not in her words, is dropped. How much the rest counts is what was
measured for this tree, model and prompts (agent/models/trust.py); unmeasured, it moves nothing.
When all models fail, the turn goes on as it would without one.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models.calls import failure_text, record_of
from agent.models.chain import ask_in_turn
from agent.models.structured import ask_for_json, read_object
from agent.prompts import load_prompt
from agent.state import Context, ConversationState
from agent.understanding.summary import split_clauses
from records.events import ModelCalled
from tools.conditions import Value
from tools.errors import ModelUnavailable, ToolError
from tools.graph_tools import check_meaning, check_quote
from tools.journey import Journey
from tools.outline import Outline
from tools.quantities import read_value
from tools.tree import Variable
from tools.view import View
from tools.walk import check_value

_QUESTIONS_SHOWN = 4
"""The question at hand and the next ones: more would make the prompt long and change little."""
LONGEST_PATH = 3
"""Ids of one answer: a message seldom answers more questions in a row."""
_MOST_FACTS = 2
_LONGEST_QUOTE = 60
"""Letters of a quote: a small model that must not end its JSON would go on for ever."""


@dataclass(frozen=True)
class Choice:
    """An id that the model may put into its path, and what it stands for."""

    id: str
    label: str
    under: str
    """What it is a choice of: a question's text, or the places located."""


@dataclass(frozen=True)
class Task:
    """What a model is asked about one message."""

    message: str
    position: str
    """The text of the question at hand."""
    choices: tuple[Choice, ...]
    variables: Mapping[str, Variable]
    language: str

    @property
    def clauses(self) -> list[str]:
        """Her message in pieces that have a number, from 1."""
        return [clause.text for clause in split_clauses(self.message)] or [self.message]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer: what can be enumerated is, and nothing is endless."""
        numbers = list(range(1, len(self.clauses) + 1))
        properties = {"clauses": _list_of({"type": "integer", "enum": numbers}, len(numbers))}
        if self.variables:  # an empty enumeration is an error to some servers
            properties["facts"] = _list_of(_fact_schema(self.variables), _MOST_FACTS)
        if self.choices:
            ids = [choice.id for choice in self.choices]
            properties["path"] = _list_of({"type": "string", "enum": ids}, LONGEST_PATH)
        return _object_of(properties)

    @property
    def messages(self) -> list[BaseMessage]:
        """What is the same in every turn comes first: servers keep what they computed for it."""
        rules = load_prompt("scorer").render(
            language=self.language,
            facts="\n".join(_described(*item) for item in sorted(self.variables.items())) or "none",
        )
        turn = load_prompt("scorer_turn").render(
            position=self.position,
            choices="\n\n".join(_grouped(self.choices)) or "none",
            clauses="\n".join(f"{number}. {text}" for number, text in enumerate(self.clauses, 1)),
        )
        return [SystemMessage(rules), HumanMessage(turn)]


@dataclass(frozen=True)
class Scored:
    """What a model said about one message, checked."""

    path: tuple[str, ...] = ()
    facts: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    """Value and quote, by name."""
    clauses: tuple[int, ...] = ()


def consult_once(state: ConversationState, context: Context) -> dict[str, Any]:
    """The turn's one call: what it changes of the state."""
    journey = Journey.of(state)
    view = journey.view(context.store)
    here = None if view is None or view.is_leaf else view
    choices = choices_at(here, journey.located, context.brain.outline)
    # A button tells nothing that the model has not read already.
    told = state["told"] or state.get("resumed")
    if not told or not (choices or context.told_facts):
        return {"consulted": "done"}
    task = Task(
        message=state.get("words") or journey.message,
        position=here.node.text if here else "none yet",
        choices=choices,
        variables=context.told_facts,
        language=context.texts("agent.language"),
    )
    answered = ask_in_turn(
        context.models, None, lambda model: _recorded(model, task, context), context.emit
    )
    if answered is None:
        return {"consulted": "failed"}
    leader, scored = answered
    if context.trust_of(leader).notes_facts:
        for name, (value, quote) in scored.facts.items():
            if name not in journey.facts:
                journey = journey.learn(name, value, quote, context.today())
    update = {"consulted": "done", "scored": list(scored.path), "led_by": leader}
    return {**journey.update(), **update}


def _recorded(model: BaseChatModel, task: Task, context: Context) -> Scored:
    """What the model said; raises ModelUnavailable when that is nothing."""
    scored, calls = score(model, task)
    for called in calls:
        context.emit(called)
    if calls[-1].error:
        raise ModelUnavailable(f"the model gave no answer: {calls[-1].error}")
    return scored


def choices_at(
    here: View | None, located: Mapping[str, str], outline: Outline
) -> tuple[Choice, ...]:
    """The places located, or the options of the question at hand and of those just behind."""
    if here is None:
        # Not in the order of the locator: a model that takes what stands first would repeat it,
        # and be measured to be as good.
        return tuple(Choice(node, located[node], "Where to begin") for node in sorted(located))
    found: list[Choice] = []
    todo = [here.position.node]
    shown = 0
    for node in todo:  # grows on the way
        ways = outline.ways.get(node, ())
        todo += dict.fromkeys(way.target for way in ways if way.target not in todo)
        if node not in outline.questions:
            continue
        if shown == _QUESTIONS_SHOWN:
            break
        shown += 1
        text = outline.questions[node]
        found += [Choice(f"{node}/{way.option}", way.label, text) for way in ways]
    return tuple(found)


def score(model: BaseChatModel, task: Task) -> tuple[Scored, list[ModelCalled]]:
    """Ask the model, and once more with what is wrong when its answer is malformed.

    When the last call has an error there is no answer, and nothing scored.
    """
    reply, called = _call(model, task.messages, task)
    if reply is None or not called.error:
        return checked(str(reply.text) if reply else "", task), [called]
    repair = load_prompt("scorer_repair").render(problem=_malformed(reply, task) or "")
    mended, again = _call(model, [*task.messages, reply, HumanMessage(repair)], task)
    said = str(mended.text) if mended and not again.error else ""
    return checked(said, task), [called, again]


def _call(
    model: BaseChatModel, messages: Sequence[BaseMessage], task: Task
) -> tuple[AIMessage | None, ModelCalled]:
    """One call and its record, which has an error for a malformed answer too."""
    started = time.perf_counter()
    reply, way, failure = ask_for_json(model, messages, task.schema)
    problem = _malformed(reply, task) if reply else None
    error = f"malformed answer: {problem}" if problem else failure_text(failure)
    prompt = f"{prompt_keys()} {way}"
    return reply, record_of(model, prompt, messages, reply, started=started, error=error)


def _malformed(reply: AIMessage, task: Task) -> str | None:
    """What is wrong with an answer as a whole; what is wrong inside it is dropped, not mended."""
    answer = read_object(str(reply.text))
    wanted = task.schema["required"]
    if any(isinstance(answer.get(key), list) for key in wanted):
        return None
    return f"it must be one JSON object with the lists {', '.join(wanted)}"


def prompt_keys() -> str:
    """Names and content hashes of the prompts."""
    return " ".join(load_prompt(name).key for name in ("scorer", "scorer_turn"))


def checked(content: str, task: Task) -> Scored:
    """What of an answer holds: ids that were offered, quotes that are hers and say the value."""
    answer = read_object(content)
    numbers = range(1, len(task.clauses) + 1)
    clauses = [n for n in _items(answer, "clauses") if type(n) is int and n in numbers]
    facts: dict[str, tuple[Value, str]] = {}
    for fact in _items(answer, "facts")[:_MOST_FACTS]:
        if isinstance(fact, dict) and _holds(fact, task):
            facts.setdefault(fact["name"], (fact["value"], fact["quote"]))
    return Scored(_legal_part(_items(answer, "path"), task), facts, tuple(dict.fromkeys(clauses)))


def _items(answer: Mapping[str, Any], key: str) -> list[Any]:
    found = answer.get(key)
    return found if isinstance(found, list) else []


def _legal_part(ids: Sequence[Any], task: Task) -> tuple[str, ...]:
    """A path ends where it leaves what was offered, or answers a question twice."""
    legal = {choice.id for choice in task.choices}
    path: dict[str, str] = {}
    for chosen in ids[:LONGEST_PATH]:
        if not isinstance(chosen, str) or chosen not in legal:
            break
        node = chosen.partition("/")[0]
        if node in path:
            break
        path[node] = chosen
    return tuple(path.values())


def _holds(fact: Mapping[str, Any], task: Task) -> bool:
    name, value, quote = fact.get("name"), fact.get("value"), fact.get("quote")
    if not (isinstance(name, str) and isinstance(quote, str) and isinstance(value, int | float)):
        return False
    variable = task.variables.get(name)
    if variable is None:
        return False
    try:
        check_value(name, variable, value)
        check_quote(quote, task.message)
        check_meaning(name, value, quote, variable)
    except ToolError:
        return False
    read = read_value(quote, variable)
    return read is not None and (variable.type == "number" or read.value == value)


def _described(name: str, variable: Variable) -> str:
    unit = f" of {variable.unit}" if variable.unit else ""
    kind = f"number{unit}" if variable.type == "number" else "true or false"
    return f"- {name}: {variable.label} ({kind})"


def _grouped(choices: Sequence[Choice]) -> list[str]:
    return [
        "\n".join([under, *(f"- {choice.id}: {choice.label}" for choice in together)])
        for under, together in groupby(choices, key=lambda choice: choice.under)
    ]


def _fact_schema(variables: Mapping[str, Variable]) -> dict[str, Any]:
    return _object_of(
        {
            "name": {"type": "string", "enum": sorted(variables)},
            "value": {"type": ["number", "boolean"]},
            "quote": {"type": "string", "maxLength": _LONGEST_QUOTE},
        }
    )


def _object_of(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(items: Any, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}
