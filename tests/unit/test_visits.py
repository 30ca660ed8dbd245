"""Who may write what, how often, and how long what is not kept stays in memory."""

import asyncio
import threading

import pytest

from agent.models.providers import destinations
from agent.settings import load_settings
from tests.loops import run_apart
from tools.errors import SettingsError
from ui import visits
from ui.visits import Limits, PrivateThreads


def test_one_visitor_may_write_so_often_and_another_is_not_in_the_way() -> None:
    limits = Limits("3/hour", "100/hour", 10, lambda: 0)
    said = [limits.refuse("a", "here", agreed=True) for _ in range(4)]
    assert said == [None, None, None, "too_often"]
    assert limits.refuse("b", "here", agreed=True) is None


def test_whoever_throws_the_cookie_away_is_still_at_the_same_address() -> None:
    limits = Limits("3/hour", "5/hour", 10, lambda: 0)
    said = [limits.refuse(f"visitor {number}", "here", agreed=True) for number in range(6)]
    assert said == [None] * 5 + ["too_often"]
    assert limits.refuse("another", "there", agreed=True) is None


def test_one_household_is_one_address() -> None:
    """A visitor has 2^64 addresses of IPv6, and could write from a new one each time."""
    limits = Limits("100/hour", "2/hour", 10, lambda: 0)
    homes = [f"2001:db8:0:1::{number}" for number in range(1, 4)]
    said = [limits.refuse(home, home, agreed=True) for home in homes]
    assert said == [None, None, "too_often"]
    assert limits.refuse("next door", "2001:db8:0:2::1", agreed=True) is None


def test_no_message_is_taken_while_too_many_wait() -> None:
    waiting = [9]
    limits = Limits("1000/hour", "1000/hour", 10, lambda: waiting[0])
    assert limits.refuse("a", "here", agreed=True) is None
    waiting[0] = 10
    assert limits.refuse("a", "here", agreed=True) == "too_many"
    assert limits.refuse("a", "here", agreed=False) == "consent"


@pytest.mark.parametrize("rate", ["often", "0x/minute", "5/fortnight"])
def test_a_wrong_rate_is_quoted_with_a_valid_one(rate: str) -> None:
    with pytest.raises(SettingsError, match=r"NODRIZA_VISITOR_RATE=.*such as 30/minute") as error:
        load_settings(visitor_rate=rate)
    assert rate in str(error.value)


def test_a_private_conversation_is_forgotten_after_its_page_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visits, "AFTER_CLOSING", 0.05)
    forgotten: list[str] = []
    done = threading.Event()

    def forget(thread: str) -> None:
        forgotten.append(thread)
        done.set()

    async def life() -> None:
        threads = PrivateThreads(forget)
        threads.leave("never seen")
        threads.touch("open")
        threads.touch("closed")
        threads.touch("reloaded")
        threads.leave("closed")
        threads.leave("reloaded")
        threads.touch("reloaded")
        await asyncio.to_thread(done.wait, 5)
        assert "closed" not in threads
        assert "open" in threads
        assert "reloaded" in threads

    run_apart(life())
    assert forgotten == ["closed"]


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        ({}, ()),
        ({"model": "llama_cpp:a.gguf"}, ()),
        ({"model": "openai:gpt-4.1"}, ("OpenAI",)),
        ({"model": "openai:x", "model_base_url": "http://127.0.0.1:8000/v1"}, ()),
        (
            {"model": "openai:x", "model_base_url": "https://llm.example.org/v1"},
            ("llm.example.org",),
        ),
        (
            {"model": "openai:x", "fallback_model": "replicate:y", "navigator": "scored"},
            ("OpenAI", "Replicate"),
        ),
    ],
)
def test_she_is_told_whom_her_words_are_sent_to(
    settings: dict[str, str], places: tuple[str, ...]
) -> None:
    assert destinations(load_settings(**settings)) == places
