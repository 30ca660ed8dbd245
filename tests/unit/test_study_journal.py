"""The journal in front of a chat model: answers come back, each to the call it was for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.models.calls import record_of
from evaluation.study.journal import Journal, ModelSpent


class Counting(BaseChatModel):
    """Says how often it was asked."""

    asked: list[list[BaseMessage]]
    usage: bool = True
    fails: int = 0
    """How many calls get no answer first."""

    @property
    def _llm_type(self) -> str:
        return "counting"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("nobody answers")
        self.asked.append(messages)
        usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
        told: Any = {**usage, "input_token_details": {"cache_read": 40}} if self.usage else None
        number = len(self.asked)
        message = AIMessage(
            f"answer {number}",
            tool_calls=[{"name": "look", "args": {"at": number}, "id": f"c{number}"}],
            usage_metadata=told,
            response_metadata={"finish_reason": "stop"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    opened = Journal(file)
    yield opened
    opened.close()


def model(journal: Journal, **fields: Any) -> Counting:
    made = Counting(asked=[], **fields)
    made.cache = journal.cache_for("fake")
    return made


def step(chat: Counting) -> list[AIMessage]:
    """A call, and one behind it that is told what the first one answered."""
    first = chat.invoke([HumanMessage("hola")])
    second = chat.invoke([HumanMessage("hola"), first, ToolMessage("seen", tool_call_id="c1")])
    return [first, second]


def test_a_part_that_is_had_again_asks_nothing(file: Path) -> None:
    before = Journal(file)
    with before.part("a|c|0", "message 0") as part:
        said = step(model(before))
    assert not part.again
    before.close()
    after = Journal(file)
    chat = model(after)
    with after.part("a|c|0", "message 0") as part:
        again = step(chat)
    assert chat.asked == []
    assert part.again
    assert [(m.text, m.tool_calls) for m in again] == [(m.text, m.tool_calls) for m in said]
    assert (said[0].usage_metadata or {}).items() <= (again[0].usage_metadata or {}).items()
    assert after.spent() == {"fake": ModelSpent(2, 0, 200, 80, 20)}
    after.close()


def test_a_killed_part_goes_on_behind_what_was_answered(journal: Journal) -> None:
    chat = model(journal)
    with journal.part("a|c|0", "message 0"):
        chat.invoke("hola")
    with journal.part("a|c|0", "message 0"):
        assert [m.text for m in step(chat)] == ["answer 1", "answer 2"]
    assert len(chat.asked) == 2


def test_equal_calls_of_a_part_keep_their_own_answers(journal: Journal) -> None:
    chat = model(journal)

    def three() -> list[str]:
        return [chat.invoke("hola").text for _ in range(3)]

    with journal.part("a|c|0", "message 0"):
        assert three() == ["answer 1", "answer 2", "answer 3"]
    with journal.part("a|c|0", "message 0"):
        assert three() == ["answer 1", "answer 2", "answer 3"]


def test_other_attempts_parts_and_models_share_nothing(journal: Journal) -> None:
    chat = model(journal)
    other = Counting(asked=[])
    other.cache = journal.cache_for("other")
    for attempt, part in (("a|c|0", "message 0"), ("a|c|0", "message 1"), ("a|c|1", "message 0")):
        with journal.part(attempt, part):
            chat.invoke("hola")
    with journal.part("a|c|0", "message 0"):
        other.invoke("hola")
    assert (len(chat.asked), len(other.asked)) == (3, 1)


def test_a_call_without_an_answer_is_made_again(journal: Journal) -> None:
    chat = model(journal, fails=1)
    with journal.part("a|c|0", "message 0"):
        with pytest.raises(ConnectionError):
            chat.invoke("hola")
        chat.invoke("hola")
    with journal.part("a|c|0", "message 0"):
        assert chat.invoke("hola").text == "answer 1"
    assert len(chat.asked) == 1


def test_calls_of_no_attempt_count_and_are_never_read_again(journal: Journal) -> None:
    chat = model(journal)
    chat.invoke("hola")
    chat.invoke("hola")
    assert len(chat.asked) == 2
    assert journal.spent()["fake"].calls == 2


def test_what_a_server_does_not_tell_stays_unknown(journal: Journal) -> None:
    chat = model(journal, usage=False)
    for _ in range(2):
        with journal.part("a|c|0", "message 0"):
            reply = chat.invoke("hola")
    assert journal.spent()["fake"].untold == 1
    called = record_of(chat, "p", [], reply, started=0.0, error=None)
    assert (called.input_tokens, called.output_tokens) == (None, None)


def test_the_part_goes_along_where_the_context_does(journal: Journal) -> None:
    chat = model(journal)
    with ThreadPoolExecutor() as pool, journal.part("a|c|0", "message 0"):
        pool.submit(copy_context().run, chat.invoke, "hola").result()
    with journal.part("a|c|0", "message 0"):
        chat.invoke("hola")
    assert len(chat.asked) == 1
