"""What an expert has filled in at the consultation desk: the form's fields -> plain data. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.analysis import Given
from agent.assistant import storable
from agent.texts import Texts
from tools.conditions import Value
from tools.errors import IllegalMove
from tools.quantities import read_value, shown
from tools.tree import Variable
from tools.walk import check_value

LONGEST = 8000
"""Characters of a consultation, and of an answer."""
OPTION, VALUE = "q.", "v."
"""What the names of fields begin with: before a question's node, before a variable."""


class Proposed(BaseModel):
    """The draft that the expert's text began as."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    tree: str
    node: str | None
    probability: float | None


@dataclass(frozen=True)
class Filled:
    """A form that was sent."""

    text: str = ""
    hand_off: int | None = None
    action: Literal["analyse", "send"] = "analyse"
    given: Given = field(default_factory=Given)
    chosen: str | None = None
    """The leaf to draft."""
    checked: str | None = None
    """What she answers to the question that settles a doubtful danger."""
    written: str = ""
    """The answer as it stands."""
    proposed: Proposed | None = None
    """What it began as."""
    fresh: bool = False
    """The expert wants the new draft in place of what is written."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values as they were typed."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with them, by variable."""

    @property
    def is_edited(self) -> bool:
        """Whether the answer is no more what was drafted."""
        return bool(self.written and self.proposed and self.written != self.proposed.text)


def read_form(
    fields: Iterable[tuple[str, str]], variables: Mapping[str, Variable], texts: Texts
) -> Filled:
    """Read the fields. What is not of this form is left out; a value that is wrong is a fault."""
    sent = {name: _lines(storable(value)) for name, value in fields}
    typed = {
        name.removeprefix(VALUE): value.strip()
        for name, value in sent.items()
        if name.startswith(VALUE) and name.removeprefix(VALUE) in variables and value.strip()
    }
    values: dict[str, Value | None] = {}
    faults: dict[str, str] = {}
    for name, said in typed.items():
        value, fault = _value(said, name, variables[name], texts)
        if fault:
            faults[name] = fault
        else:
            values[name] = value
    answers = {
        name.removeprefix(OPTION): value
        for name, value in sent.items()
        if name.startswith(OPTION) and value
    }
    number = sent.get("hand_off", "")
    return Filled(
        text=sent.get("text", "").strip(),
        hand_off=int(number) if number.isdecimal() and len(number) < _DIGITS else None,
        action="send" if sent.get("action") == "send" else "analyse",
        given=Given(answers, values, sent.get("entry") or None),
        chosen=sent.get("leaf") or None,
        checked=sent.get("check", "").strip() or None,
        written=sent.get("draft", "").strip(),
        proposed=_proposed(sent.get("proposed", "")),
        fresh=bool(sent.get("fresh")),
        values=typed,
        faults=faults,
    )


_DIGITS = 10
"""Of the largest number of a hand-off."""


def _lines(text: str) -> str:
    """Line breaks as they were before the browser sent them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(
    said: str, name: str, variable: Variable, texts: Texts
) -> tuple[Value | None, str | None]:
    """The value, or what is wrong with it."""
    found = read_value(said, variable)
    if found is None:
        return None, texts("experts.desk.value_unread", said=said, label=variable.label)
    try:
        check_value(name, variable, found.value)
    except IllegalMove:
        low, high = (shown(limit, variable) for limit in (variable.min, variable.max))
        return None, texts("experts.desk.value_outside", said=said, low=low, high=high)
    return found.value, None


def _proposed(text: str) -> Proposed | None:
    try:
        return Proposed.model_validate_json(text) if text else None
    except ValidationError:
        return None
