"""With the setting `phrasing=model`: a model puts the tree's question in words that follow on hers.

Its words are dropped for the tree's own when they are more than a question, or claim what neither
the question with its answers nor she has said (agent/replying/claims.py). Advice is never reworded.
"""

import re
import time
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.models.calls import failure_text, record_of
from agent.prompts import load_prompt
from agent.replying.claims import unsupported
from agent.state import Context
from records.events import ModelCalled
from tools.tree import Input, Question

_LONGEST = 300
"""Letters of a reworded question."""
_MOST_SENTENCES = 2
_SENTENCE = re.compile(r"[^.!?…\n]*[^\s.!?…][^.!?…\n]*[.!?…]*")


def reworded(node: Question | Input, words: str, context: Context) -> str | None:
    """The question in the model's words; None where the tree's own are to be used.

    The call is recorded, with why its words were dropped where they were.
    """
    if context.phrasing != "model" or not context.models:
        return None
    if over := context.over_budget():
        context.emit(over)
        return None
    answers = [option.label for option in node.options] if isinstance(node, Question) else []
    turn = load_prompt("phrasing_turn").render(
        question=node.text,
        answers="\n".join(f"- {answer}" for answer in answers) or "- a value",
        message=words,
    )
    rules = load_prompt("phrasing").render(language=context.texts("agent.language"))
    sources = [node.text, node.help or "", *answers, words]
    text, called = _asked(
        context.models[0].chat, [SystemMessage(rules), HumanMessage(turn)], sources
    )
    context.emit(called)
    return text


def why_dropped(text: str, sources: Sequence[str]) -> str | None:
    """What is wrong with a rewording that was made from `sources`; None where nothing is."""
    sentences = _SENTENCE.findall(text)
    if not sentences or len(sentences) > _MOST_SENTENCES or len(text) > _LONGEST:
        return f"it is not a question of at most {_MOST_SENTENCES} sentences"
    if not all(sentence.endswith("?") for sentence in sentences):
        return "it is more than a question"
    if claims := unsupported(text, sources):
        return f"neither the question nor she has said {', '.join(map(repr, claims))}"
    return None


def _asked(
    model: BaseChatModel, messages: Sequence[BaseMessage], sources: Sequence[str]
) -> tuple[str | None, ModelCalled]:
    started = time.perf_counter()
    reply: AIMessage | None = None
    text: str | None = None
    try:
        reply = model.invoke(list(messages))
    except Exception as failure:  # noqa: BLE001 - providers raise errors of their own classes
        error = failure_text(failure)
    else:
        text = str(reply.text).rpartition("</think>")[2].strip()
        dropped = why_dropped(text, sources)
        error = f"dropped: {dropped}" if dropped else None
    called = record_of(model, prompt_keys(), messages, reply, started=started, error=error)
    return (None if error else text), called


def prompt_keys() -> str:
    """Names and content hashes of the prompts."""
    return " ".join(load_prompt(name).key for name in ("phrasing", "phrasing_turn"))
