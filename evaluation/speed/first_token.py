"""How long a model in this process takes to its first token: cold, warm, and beside others.

cold     nothing of the prompt was computed before
warm     the next turn of the same conversation
another  the next turn of another conversation: the fixed part is shared, its own part kept
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.prompts import load_prompt
from evaluation.measurement import Measurement, summarise

WARM_OVER_COLD = 0.3
"""The budget: what the next turn may take of a cold one."""
_SAID = (
    "me duele mucho el pecho derecho cuando mama mi niña, sobre todo al empezar la toma",
    "tiene tres semanas y hace tomas de una hora, no sé si se queda con hambre",
    "el pezón está agrietado y ayer tuve un poco de fiebre por la tarde",
)


def measure(model: BaseChatModel, conversations: int = 5) -> list[Measurement]:
    """Time to the first token of prompts of the navigator `tools`."""
    found: dict[str, list[_Spent]] = {"cold": [], "the next turn": [], "another's next turn": []}
    model.invoke([HumanMessage("hola")], max_tokens=1)  # what a model does once, it does here
    for number in range(conversations):
        # Its first words are those of no other prompt.
        rules = SystemMessage(f"Run {number}.\n{load_prompt('navigator').render(language='es')}")
        one, other = [rules, _turn(_SAID[0])], [rules, _turn(_SAID[1])]
        found["cold"].append(_first_token(model, one))
        _first_token(model, other)
        one += [AIMessage("choose_option"), _turn(_SAID[2])]
        found["the next turn"].append(_first_token(model, one))
        other += [AIMessage("ask"), _turn(_SAID[0])]
        found["another's next turn"].append(_first_token(model, other))
    how = f"{conversations} conversations, in this process, prompts of the navigator tools"
    lines = [
        summarise(f"first token, {name}", "s", [one.seconds for one in spent], how)
        for name, spent in found.items()
    ]
    pairs = list(zip(found["the next turn"], found["cold"], strict=True))
    ratios = [warm.seconds / cold.seconds for warm, cold in pairs]
    work = [warm.work / cold.work for warm, cold in pairs]
    name = "first token, the next turn over cold"
    return [
        *lines,
        summarise(name, "ratio", ratios, how, budget=WARM_OVER_COLD, judged="median"),
        summarise(f"{name}: work", "ratio of CPU s", work, how),
    ]


@dataclass(frozen=True)
class _Spent:
    seconds: float
    work: float
    """Seconds of processors; what else runs on the machine changes it less."""


def _turn(message: str) -> HumanMessage:
    text = load_prompt("turn").render(facts="none", position="none yet", message=message)
    return HumanMessage(text)


def _first_token(model: BaseChatModel, messages: Sequence[BaseMessage]) -> _Spent:
    """Until something is there to read."""
    started, work = time.perf_counter(), time.process_time()
    model.invoke(list(messages), max_tokens=1)
    return _Spent(time.perf_counter() - started, time.process_time() - work)
