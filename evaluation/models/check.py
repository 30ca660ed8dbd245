"""What a model can do for us, found by asking it: one probe a capability.

The probes go to the model that is configured and to nobody else, and hold no mother's words. A
probe that fails says so; only without a connection are the others left out.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from agent.models.providers import NamedModel
from agent.models.structured import WAYS, response_format
from tools.words import fold

Verdict = Literal["yes", "partly", "no"]
_SHORT = 40
"""Tokens of a short answer."""
_JSON = 160
"""Tokens of a short answer in JSON, with the line breaks that some servers let in."""
_PROMPT = 700
"""Tokens of the prompt whose first token is waited for: about as many as one of ours."""
_STREAMED = 120
"""Pieces of a stream that are read to measure its speed."""
_SHORTEST_CONTEXT = 1024
_ENOUGH_CONTEXT = 4096
"""Tokens that our longest prompts and their answers need."""


@dataclass(frozen=True)
class Probe:
    """What was found out about one capability."""

    name: str
    verdict: Verdict
    found: str
    seconds: float


@dataclass(frozen=True)
class Checked:
    """What was found out about a model."""

    model: str
    probes: tuple[Probe, ...]

    @property
    def is_reached(self) -> bool:
        """Whether it answered at all."""
        return self.probes[0].verdict == "yes"


def check_model(
    model: NamedModel, longest: int, say: Callable[[str], None] = lambda _text: None
) -> Checked:
    """Probe a model; its context is tried up to `longest` tokens. `say` is told what is next."""
    probes: list[tuple[str, Callable[[BaseChatModel], tuple[Verdict, str]]]] = [
        ("connection", _connection),
        ("tool calling", _tool_calling),
        ("structured output", _structured_output),
        ("log-probabilities", _log_probabilities),
        ("streaming", _streaming),
        ("time to first token", _first_token),
        ("context length", lambda chat: _context(chat, longest)),
        ("Spanish", _spanish),
    ]
    found: list[Probe] = []
    for name, probe in probes:
        say(f"{model.name}: {name}")
        found.append(_timed(name, probe, model.chat))
        if found[0].verdict == "no":
            break
    return Checked(model.name, tuple(found))


def _timed(
    name: str, probe: Callable[[BaseChatModel], tuple[Verdict, str]], chat: BaseChatModel
) -> Probe:
    started = time.perf_counter()
    verdict: Verdict
    try:
        verdict, found = probe(chat)
    except Exception as error:  # noqa: BLE001 - providers raise errors of their own classes
        verdict, found = "no", _one_line(error)
    return Probe(name, verdict, found, time.perf_counter() - started)


# The probes


def _connection(chat: BaseChatModel) -> tuple[Verdict, str]:
    reply = _brief(chat, "Di «hola».")
    served = str(reply.response_metadata.get("model_name") or "")
    if served.startswith("/"):  # some servers name the file
        served = Path(served).name
    return "yes", f"served as {served}" if served else "answers"


def choose_option(option_id: str) -> str:
    """Choose an option by its id."""
    return option_id


def _tool_calling(chat: BaseChatModel) -> tuple[Verdict, str]:
    """Left to itself, as the navigator `tools` does, and forced."""
    name = choose_option.__name__
    outcomes: dict[str, str] = {}
    for way, options in (("free", {}), ("forced", {"tool_choice": name})):
        try:
            bound = chat.bind_tools([choose_option], **options)
            reply = bound.invoke("The options are a and b. Choose option b: call choose_option.")
        except Exception as error:  # noqa: BLE001 - providers raise errors of their own classes
            outcomes[way] = _one_line(error)
            continue
        called = [c for c in reply.tool_calls if c["name"] == name and "option_id" in c["args"]]
        outcomes[way] = "calls" if called else "text only"
    works = [outcome == "calls" for outcome in outcomes.values()]
    verdict: Verdict = "yes" if works[0] else "partly" if works[1] else "no"
    return verdict, ", ".join(f"{way}: {outcome}" for way, outcome in outcomes.items())


def _structured_output(chat: BaseChatModel) -> tuple[Verdict, str]:
    """Of each way to ask for JSON, whether the answer keeps to a schema that nobody would guess."""
    ids = [f"{word}-{uuid.uuid4().hex[:4]}" for word in ("lirio", "tejo")]
    schema = {
        "type": "object",
        "properties": {"path": {"type": "string", "enum": ids}},
        "required": ["path"],
        "additionalProperties": False,
    }
    kept = [way for way in WAYS if _keeps(chat, way, schema, ids)]
    if not kept:
        return "no", "in no way"
    return ("partly" if kept == ["text"] else "yes"), "held to: " + ", ".join(kept)


def _keeps(chat: BaseChatModel, way: str, schema: dict[str, Any], ids: list[str]) -> bool:
    asked = "Describe the sea."
    if way == "text":
        asked = f"Answer with JSON of this schema and nothing else: {json.dumps(schema)}"
    try:
        reply = _brief(chat, asked, _JSON, **response_format(way, schema))
        answer = json.loads(str(reply.text))
    except Exception:  # noqa: BLE001 - whatever the failure, it is not kept
        return False
    return isinstance(answer, dict) and answer.get("path") in ids


def _log_probabilities(chat: BaseChatModel) -> tuple[Verdict, str]:
    reply = _brief(chat, "Di «hola».", logprobs=True, top_logprobs=5)
    content = (reply.response_metadata.get("logprobs") or {}).get("content") or []
    if not content:
        return "no", "none in the answer"
    return "yes", f"{len(content[0].get('top_logprobs') or [])} alternatives a token"


def _streaming(chat: BaseChatModel) -> tuple[Verdict, str]:
    moments = list(_moments(chat, "Cuenta del uno al cien, en letras.", _STREAMED))
    if len(moments) < 2:
        return "no", "the answer comes in one piece"
    speed = (len(moments) - 1) / max(moments[-1] - moments[0], 1e-6)
    return "yes", f"{speed:.0f} tokens/s over {len(moments)} pieces"


def _first_token(chat: BaseChatModel) -> tuple[Verdict, str]:
    """Of a prompt that the server has never seen, and of the same one again."""
    prompt = f"{uuid.uuid4()} {_filler(_PROMPT)} Di «hola»."
    cold, warm = (next(_moments(chat, prompt, 1), None) for _ in range(2))
    if cold is None or warm is None:
        return "no", "an empty answer"
    return "yes", f"cold {cold:.2f} s, warm {warm:.2f} s, ratio {warm / cold:.2f}"


def _context(chat: BaseChatModel, longest: int) -> tuple[Verdict, str]:
    """Prompts twice as long each time, until one is refused or cut."""
    accepted, size = 0, _SHORTEST_CONTEXT
    told = ""
    while size <= longest:
        try:
            reply = _brief(chat, f"{_filler(size)} Di «hola».", 1)
        except Exception as error:  # noqa: BLE001 - providers raise errors of their own classes
            told = f"; about {size:,} refused: {_one_line(error)}"
            break
        read = reply.usage_metadata["input_tokens"] if reply.usage_metadata else size
        if read <= accepted:
            told = f"; about {size:,} are cut without a word"
            break
        accepted, size = read, size * 2
    verdict: Verdict = "partly" if accepted else "no"
    if accepted >= 0.9 * _ENOUGH_CONTEXT:
        verdict = "yes"
    return verdict, f"{accepted:,} tokens accepted{told}"


_SPANISH = (
    ("¿Cuántos días tiene una semana? Responde solo con el número.", ("7", "siete")),
    ("¿Qué es lo contrario de «caliente»? Responde con una palabra.", ("frio", "fria", "helado")),
    ("¿De qué color es la leche? Responde con una palabra.", ("blanc",)),
    ("Traduce al español: «breast milk».", ("leche",)),
    ("Responde sí o no: ¿un bebé recién nacido puede caminar?", ("no",)),
    ("¿Qué come un recién nacido: leche o pan? Responde con una palabra.", ("leche",)),
)


def _spanish(chat: BaseChatModel) -> tuple[Verdict, str]:
    """Whether it understands simple Spanish: a check of sanity, no measure of quality."""
    right = 0
    for question, answers in _SPANISH:
        said = fold(str(_brief(chat, question).text))[:80]
        words = said.replace(".", " ").replace(",", " ").split()
        right += any(word.startswith(answer) for answer in answers for word in words)
    share = right / len(_SPANISH)
    verdict: Verdict = "yes" if share > 0.8 else "partly" if share >= 0.5 else "no"
    return verdict, f"{right} of {len(_SPANISH)} simple questions"


# What they share


def _brief(chat: BaseChatModel, prompt: str, most: int = _SHORT, **options: Any) -> AIMessage:
    """An answer of `most` tokens at most, where the client can ask for that."""
    if "max_tokens" in type(chat).model_fields:
        options["max_tokens"] = most
    return chat.invoke(prompt, **options)


def _moments(chat: BaseChatModel, prompt: str, most: int) -> Iterator[float]:
    """Seconds after which each piece of text of a streamed answer came, `most` pieces at most."""
    started = time.perf_counter()
    stream = chat.stream(prompt)
    made = 0
    for piece in stream:
        if piece.text:
            yield time.perf_counter() - started
            made += 1
        if made == most:
            return


def _filler(tokens: int) -> str:
    """Text of about so many tokens: a short English word is one in every tokenizer."""
    return "milk " * tokens


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]
