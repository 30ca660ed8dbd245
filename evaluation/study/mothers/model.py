"""A mother who is a chat model, told only what she knows, in plain words.

She is told no id of a node or an option, and not which answer is right: what she makes of what she
reads is her own. Whether she says the same each time is up to the server; the models that are made
of settings have temperature 0, and a seed may be among their parameters.
"""

from collections.abc import Iterator

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models.prices import Prices
from agent.models.providers import NamedModel
from agent.prompts import load_prompt
from agent.texts import Texts
from evaluation.cases import WalkCase
from evaluation.study.attempt import Exchange, TokenCount
from evaluation.study.calls import Caller
from tools.quantities import shown
from tools.tree import Input, Question, Tree

STOP = "FIN"
"""What she writes when the conversation is over for her."""


class ModelMother:
    """One mother in one conversation."""

    def __init__(
        self, case: WalkCase, tree: Tree, texts: Texts, model: NamedModel, prices: Prices
    ) -> None:
        """`texts` are those of the buttons, in the language that she writes."""
        self._caller = Caller(model, prices)
        rules = load_prompt("mother").render(
            language=texts("agent.language"),
            persona=case.persona,
            first_message=case.first_message,
            facts="\n".join(_facts(case, tree)) or "-",
            answers="\n".join(_answers(case, tree)) or "-",
            stop=STOP,
        )
        self._talk: list[BaseMessage] = [SystemMessage(rules)]

    @property
    def spent(self) -> TokenCount:
        """What she has taken of her model so far."""
        return self._caller.total

    def answers(self, exchange: Exchange) -> str | None:
        """What she says to it; None when she has an answer, or gives up. Raises CaseFailed."""
        self._talk.append(HumanMessage(_as_read(exchange)))
        said = self._caller.text(self._talk).rpartition("</think>")[2].strip()
        self._talk.append(AIMessage(said))
        over = not said or said.strip("«»\"'.*[] ").upper() == STOP
        return None if over else said


def _facts(case: WalkCase, tree: Tree) -> Iterator[str]:
    for name, value in case.facts.items():
        variable = tree.variables[name]
        told = value if isinstance(value, str) else shown(value, variable)
        yield f"- {variable.label}: {told}"


def _answers(case: WalkCase, tree: Tree) -> Iterator[str]:
    """Questions of the tree with what she would say: her words, or what the option says."""
    for name in dict.fromkeys((*case.answers, *case.says)):
        node = tree.by_id.get(name)
        if not isinstance(node, Question | Input):
            continue
        options = node.options if isinstance(node, Question) else ()
        label = next((o.label for o in options if o.id == case.answers.get(name)), None)
        if said := case.says.get(name) or label:
            yield f"- {node.text} → {said}"


def _as_read(exchange: Exchange) -> str:
    """What is on her screen."""
    buttons = "\n".join(f"[{option}]" for option in exchange.options)
    return f"{exchange.text}\n\n{buttons}".strip()
