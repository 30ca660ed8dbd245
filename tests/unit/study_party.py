"""Tiny systems and mothers for tests of the study's runner."""

import threading
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from openai import OpenAIError

from evaluation.cases import CaseFailed
from evaluation.study.attempt import Exchange, FirstReading, TokenCount
from tools.errors import ModelUnavailable, NodrizaError

QUESTIONS = 3


@dataclass
class Asker:
    """A system that asks so many questions and answers; a model, if there is one, is asked twice
    a message, the second time with what it said the first time."""

    name: str = "asker"
    chat: BaseChatModel | None = None
    fails: int = 0
    """How many conversations break off before one does not."""
    breaks: NodrizaError = field(default_factory=lambda: ModelUnavailable("the server is out"))
    """Why they do."""
    begun: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, attempt: str) -> "Talked":
        with self.lock:
            self.begun.append(attempt)
            self.fails -= 1
            return Talked(attempt, self, broken=self.fails >= 0)

    def read(self, message: str) -> FirstReading:
        return FirstReading(topics=(message,))


@dataclass
class Talked:
    id: str
    system: Asker
    broken: bool
    heard: int = 0

    def reply(self, said: str) -> Exchange:
        if self.broken:
            raise self.system.breaks
        text = said
        if self.system.chat:
            told = HumanMessage(f"{self.id} {self.heard}: {said}")
            try:
                first = self.system.chat.invoke([told])
                text = self.system.chat.invoke([told, first, HumanMessage("sure?")]).text
            except OpenAIError as error:
                raise CaseFailed(str(error)) from error
        self.heard += 1
        over = self.heard > QUESTIONS
        return Exchange(
            said=said,
            kind="answer" if over else "question",
            node=f"n{self.heard}",
            text=text,
            options=(),
            moves=(f"n{self.heard}",),
            ms=5.0,
        )


class Talker:
    """A mother who says what she was told, until there is an answer."""

    spent = TokenCount()

    def answers(self, exchange: Exchange) -> str | None:
        return None if exchange.kind == "answer" else f"{exchange.text}, yes"
