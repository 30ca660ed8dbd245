"""The tools a model sees. Each walks or reads the tree by Cypher and answers in plain words.

Ids are checked against the legal moves and quotes against her words; then the desk decides
whether the evidence is enough. A ToolError tells the model what to mend and changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol, runtime_checkable

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt.tool_node import ToolRuntime
from langgraph.types import Command

from tools.conditions import Value
from tools.errors import IllegalMove, ToolError, UnfoundedQuote
from tools.journey import Journey, WalkState
from tools.locate import Location, Locator
from tools.quantities import read_value
from tools.store import TreeStore
from tools.tree import Question, Variable
from tools.view import View
from tools.walk import POSSIBLE, Back, Choose, Jump, Move, SetFact, Step, check_value
from tools.words import words

CHANGES_STATE = frozenset(
    {
        "search_tree",
        "choose_option",
        "choose_path",
        "set_fact",
        "go_back",
        "jump_to",
        "ask",
        "report_danger",
    }
)
"""At most one of these is allowed in a reply of the model: two would write the same channel."""
ENDS_TURN = frozenset({"ask", "report_danger"})


@runtime_checkable
class Desk(Protocol):
    """What the tools need from whoever runs them."""

    @property
    def store(self) -> TreeStore: ...
    @property
    def locator(self) -> Locator: ...
    @property
    def variables(self) -> Mapping[str, Variable]: ...
    def today(self) -> date:
        """The day on which facts are observed."""
        ...

    def accept(self, journey: Journey, view: View | None, move: Move, leader: str | None) -> None:
        """Raise ToolError when the evidence for the move that `leader` chose is not enough."""
        ...

    def note(self, step: Step) -> None:
        """Record a step that was made."""
        ...


Runtime = ToolRuntime[Desk, WalkState]


@tool(parse_docstring=True)
def search_tree(query: str, runtime: Runtime) -> Command[Any]:
    """Find the entry points of the tree that fit some words. Call it first, with her own words.

    Args:
        query: What she describes, in her words.
    """
    location = runtime.context.locator.locate(query)
    found = {candidate.node: candidate.title for candidate in location.candidates}
    located = {**(runtime.state.get("located") or {}), **found}
    return _answer(runtime, listed(location), {"located": located})


@tool(parse_docstring=True)
def read_position(runtime: Runtime) -> Command[Any]:
    """Read the question or answer at the current position, and the moves that are possible."""
    journey = Journey.of(runtime.state)
    view = journey.view(runtime.context.store)
    return _answer(runtime, describe(journey, view), {})


@tool(parse_docstring=True)
def choose_option(option_id: str, quote: str, runtime: Runtime) -> Command[Any]:
    """Take an option of the current question.

    Args:
        option_id: Id of one of the current question's options.
        quote: The piece of her message, copied exactly, that says so.
    """
    return _go(runtime, [(Choose(option_id), quote)])


@tool(parse_docstring=True)
def choose_path(option_ids: list[str], quotes: list[str], runtime: Runtime) -> Command[Any]:
    """Take several options, one after the other, when she has already answered all of them.

    Args:
        option_ids: Ids of options, in the order of the questions.
        quotes: For each option the piece of her message, copied exactly, that says so.
    """
    if len(option_ids) != len(quotes) or not option_ids:
        raise ToolError(
            f"option_ids has {len(option_ids)} items and quotes {len(quotes)}:"
            " give one quote for each"
        )
    moves = [(Choose(option), quote) for option, quote in zip(option_ids, quotes, strict=True)]
    return _go(runtime, moves)


@tool(parse_docstring=True)
def set_fact(name: str, value: float | bool, quote: str, runtime: Runtime) -> Command[Any]:
    """Note a fact she said: the value that the current question asks for, or any other known name.

    Args:
        name: Name of the fact.
        value: Its value, in the fact's unit; true or false for yes and no.
        quote: The piece of her message, copied exactly, that says so.
    """
    variable = runtime.context.variables.get(name)
    if variable is None:
        raise ToolError(f"no fact {name!r}; valid: {', '.join(runtime.context.variables)}")
    check_value(name, variable, value)
    journey = Journey.of(runtime.state)
    check_quote(quote, journey.message)
    check_meaning(name, value, quote, variable)
    view = journey.view(runtime.context.store)
    if journey.legal(view).variable == name:
        return _go(runtime, [(SetFact(name, value), quote)])
    leader = runtime.state.get("led_by")
    runtime.context.accept(journey, view, SetFact(name, value), leader)
    learned = journey.learn(name, value, quote, runtime.context.today())
    if step := learned.rewinding(journey, name):
        runtime.context.note(step)
    return _answer(runtime, f"{name} = {value} is noted.", learned.update())


@tool(parse_docstring=True)
def go_back(runtime: Runtime) -> Command[Any]:
    """Go back to before her last answer, when she says that it was a mistake."""
    return _go(runtime, [(Back(), None)])


@tool(parse_docstring=True)
def jump_to(node_id: str, runtime: Runtime) -> Command[Any]:
    """Go to an entry point that search_tree found for this message.

    Args:
        node_id: Id of the entry point.
    """
    return _go(runtime, [(Jump(node_id), None)])


@tool(parse_docstring=True)
def ask(about: str, runtime: Runtime) -> Command[Any]:
    """Ask her the current question, or which of the entry points she means. Ends your turn.

    Args:
        about: What is not clear, for the experts who read along; she does not see it.
    """
    return _answer(runtime, f"She is asked. ({about})", {})


@tool(parse_docstring=True)
def report_danger(sign: str, quote: str, runtime: Runtime) -> Command[Any]:
    """Report a sign of danger for her or her baby. She is told to seek help now. Ends your turn.

    Args:
        sign: The sign of danger.
        quote: The piece of her message, copied exactly, that says so.
    """
    check_quote(quote, runtime.state["message"])
    return _answer(runtime, f"Danger is reported: {sign}.", {})


GRAPH_TOOLS: tuple[BaseTool, ...] = (
    search_tree,
    read_position,
    choose_option,
    choose_path,
    set_fact,
    go_back,
    jump_to,
    ask,
    report_danger,
)


def listed(location: Location) -> str:
    """Entry points, in words for a model."""
    lines = [f"- {c.node}: {c.title} ({c.probability:.2f})" for c in location.candidates]
    return "Entry points, best first:\n" + "\n".join(lines)


def describe(journey: Journey, view: View | None) -> str:
    """Position and possible moves, in words for a model."""
    if view is None:
        return f"No position yet. Possible: {journey.legal(view)}. Use search_tree."
    lines = [f"[{view.node.kind}] {view.node.text}"]
    if isinstance(view.node, Question):
        lines += [f"- {option.id}: {option.label}" for option in view.node.options]
    elif view.is_leaf:
        lines.append("This is an answer: she is shown it now. Nothing more to do.")
    elif view.variable:
        unit = f" in {view.variable.unit}" if view.variable.unit else ""
        lines.append(f"Asks for the fact {journey.legal(view).variable!r}{unit}: use set_fact.")
    return "\n".join(lines)


def check_quote(quote: str, message: str) -> None:
    """Raise UnfoundedQuote unless `quote` stands in her message, word for word."""
    wanted = [word.folded for word in words(quote)]
    there = [word.folded for word in words(message)]
    length = len(wanted)
    if not wanted or not any(
        there[i : i + length] == wanted for i in range(len(there) - length + 1)
    ):
        raise UnfoundedQuote(f"the quote {quote!r} is not in her message; copy her words exactly")


def check_meaning(name: str, value: Value, quote: str, variable: Variable) -> None:
    """Raise UnfoundedQuote unless `quote` says `value`."""
    found = read_value(quote, variable)
    if found is None and variable.type == "boolean":
        return  # yes and no are said in more ways than a reader of values knows
    if found is None or found.value is None or abs(found.value - value) > 0.05 * abs(value):
        said = "no value" if found is None else repr(found.value)
        raise UnfoundedQuote(f"the quote {quote!r} says {said}, not {value!r}, for {name!r}")


def _go(runtime: Runtime, moves: Sequence[tuple[Move, str | None]]) -> Command[Any]:
    desk = runtime.context
    journey = Journey.of(runtime.state)
    view = journey.view(desk.store)
    steps: list[Step] = []
    for move, quote in moves:
        _check_legal(journey, view, move)
        if quote is not None:
            check_quote(quote, journey.message)
        desk.accept(journey, view, move, runtime.state.get("led_by"))
        journey, step, view = journey.go(move, view, desk.store, desk.today(), quote or "")
        steps.append(step)
    for step in steps:
        desk.note(step)
    return _answer(runtime, describe(journey, view), journey.update())


def _check_legal(journey: Journey, view: View | None, move: Move) -> None:
    """Say that a move is impossible before looking at anything else about it."""
    legal = journey.legal(view)
    match move:
        case Choose(option=option) if option not in legal.options:
            raise IllegalMove(f"no option {option!r} here{POSSIBLE}{legal}")
        case Jump(node=node) if node not in legal.jumps:
            raise IllegalMove(f"{node!r} was not found for this message{POSSIBLE}{legal}")


def _answer(runtime: Runtime, text: str, update: Mapping[str, Any]) -> Command[Any]:
    assert runtime.tool_call_id is not None
    return Command(
        update={**update, "messages": [ToolMessage(text, tool_call_id=runtime.tool_call_id)]}
    )
