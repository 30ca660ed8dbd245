"""The journal: what models have answered in a study, so that nothing is paid twice.

    chat model ──▶ lookup ──▶ answered before? then that ──▶ else the server ──▶ update

It is handed to each chat model as LangChain's cache. Its key is not the prompt alone, as a
cache's is: two repetitions of a conversation must not share their answers. An answer belongs to a
part of one attempt (a message, or the mother's turn after it) and to its number among equal calls
there. A run that is killed in the middle of a conversation reads the calls that were answered and
goes on behind them. Only a call whose answer was under way is made again.

The part is a context variable: whoever moves the work to another thread must take the context
along, as LangGraph and agent.assistant do.
"""

import hashlib
import json
import sqlite3
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.messages import AIMessage, messages_from_dict, messages_to_dict
from langchain_core.outputs import ChatGeneration

_TABLES = """
CREATE TABLE IF NOT EXISTS begun (attempt TEXT, part TEXT, PRIMARY KEY (attempt, part));
CREATE TABLE IF NOT EXISTS calls (
    attempt TEXT, part TEXT, model TEXT, prompt TEXT, ordinal INTEGER,
    reply TEXT, input_tokens INTEGER, cached_tokens INTEGER, output_tokens INTEGER,
    PRIMARY KEY (attempt, part, model, prompt, ordinal)
);
"""
_OF_THE_SERVER = ("usage_metadata", "response_metadata", "id")
"""What a message carries of the call that made it: LangChain changes it in what a cache returns,
so that the next call's prompt would not be the same any more."""


@dataclass(frozen=True)
class ModelSpent:
    """What the answered calls of one model took together."""

    calls: int
    untold: int
    """Of those, calls without a number of tokens."""
    read: int
    cached: int
    written: int


@dataclass
class Part:
    """A part of an attempt, while it goes on."""

    attempt: str
    name: str
    again: bool = False
    """It was begun before, by a run that was killed."""
    waited: float = 0.0
    """Seconds for which calls were held back to keep to a rate."""
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Equal calls so far, by model and prompt."""


_part: ContextVar[Part | None] = ContextVar("_part", default=None)


def current_part() -> Part | None:
    """The part of an attempt that this thread works for."""
    return _part.get()


class Journal:
    """The answers of one study's models, in a SQLite file. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # What was noted outlives the process; a power failure may take the last lines.
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self._database.executescript(_TABLES)
        self._lock = threading.RLock()
        self._outside = Part("", f"outside {uuid.uuid4().hex}")
        """For calls that belong to no attempt: they count, and are never read again."""

    def cache_for(self, model: str) -> "ModelCache":
        """What a chat model gets as its cache. `model` is its name in the study."""
        return ModelCache(self, model)

    @contextmanager
    def part(self, attempt: str, name: str) -> Iterator[Part]:
        """Calls of the block belong to a part of an attempt."""
        with self._lock:
            new = self._database.execute(
                "INSERT OR IGNORE INTO begun VALUES (?, ?)", (attempt, name)
            ).rowcount
        part = Part(attempt, name, again=not new)
        token = _part.set(part)
        try:
            yield part
        finally:
            _part.reset(token)

    def spent(self) -> dict[str, "ModelSpent"]:
        """What all runs of the study have really used, by model."""
        with self._lock:
            rows = self._database.execute(
                "SELECT model, COUNT(*), SUM(input_tokens IS NULL OR output_tokens IS NULL),"
                " TOTAL(input_tokens), TOTAL(cached_tokens), TOTAL(output_tokens)"
                " FROM calls GROUP BY model ORDER BY model"
            ).fetchall()
        return {row[0]: ModelSpent(*map(int, row[1:])) for row in rows}

    def close(self) -> None:
        """The journal stays on the disk."""
        with self._lock:
            self._database.close()

    def find(self, model: str, prompt: str) -> list[ChatGeneration] | None:
        """The answer that the part's next call of this kind got before; None: it must be made."""
        part = _part.get() or self._outside
        with self._lock:
            row = self._database.execute(
                "SELECT reply FROM calls WHERE attempt = ? AND part = ? AND model = ?"
                " AND prompt = ? AND ordinal = ?",
                (part.attempt, part.name, model, prompt, part.answered[model, prompt]),
            ).fetchone()
            if row is None:
                return None
            part.answered[model, prompt] += 1
        return _read(row[0])

    def keep(self, model: str, prompt: str, reply: RETURN_VAL_TYPE) -> None:
        """Note an answer; it outlives the process when this returns."""
        part = _part.get() or self._outside
        with self._lock:
            self._database.execute(
                "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(part.attempt, part.name, model, prompt, part.answered[model, prompt]),
                    *(_written(reply), *_usage(reply)),
                ),
            )
            part.answered[model, prompt] += 1


class ModelCache(BaseCache):
    """The journal as one chat model sees it."""

    def __init__(self, journal: Journal, model: str) -> None:
        self._journal = journal
        self._model = model

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """What the call was answered by a run that was killed; None: it must be made."""
        return self._journal.find(self._model, _digest(prompt, llm_string))

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Note what the call was answered."""
        self._journal.keep(self._model, _digest(prompt, llm_string), return_val)

    def clear(self, **_: Any) -> None:
        """Raises NotImplementedError: what was paid for is kept."""
        raise NotImplementedError("a study's journal is not cleared: remove its folder")


def _digest(prompt: str, llm_string: str) -> str:
    messages = json.loads(prompt)
    for message in messages:
        for name in _OF_THE_SERVER:
            message["kwargs"].pop(name, None)
    text = json.dumps(messages, sort_keys=True) + "\n" + llm_string
    return hashlib.sha256(text.encode()).hexdigest()


def _written(reply: RETURN_VAL_TYPE) -> str:
    return json.dumps(
        [
            {"info": it.generation_info, "message": messages_to_dict([it.message])[0]}
            for it in reply
            if isinstance(it, ChatGeneration)
        ]
    )


def _read(text: str) -> list[ChatGeneration]:
    return [
        ChatGeneration(message=messages_from_dict([it["message"]])[0], generation_info=it["info"])
        for it in json.loads(text)
    ]


def _usage(reply: RETURN_VAL_TYPE) -> tuple[int | None, int | None, int | None]:
    """Tokens read, cached and written."""
    message = reply[0].message if isinstance(reply[0], ChatGeneration) else None
    usage = message.usage_metadata if isinstance(message, AIMessage) else None
    if usage is None:
        return None, None, None
    cached = usage.get("input_token_details", {}).get("cache_read")
    return usage["input_tokens"], cached, usage["output_tokens"]
