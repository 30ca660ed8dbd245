"""A small client of Nodriza's HTTP API (docs/api.md). Needs httpx only.

    python docs/examples/api_client.py http://127.0.0.1:7860 < messages.txt

The key is read from the variable API_KEY. Each line of the input is a message; the replies are
written to the output, and at the end what was understood.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

Event = dict[str, Any]
"""One event; its `type` says which. All are described at /api/v1/docs."""


class ApiError(Exception):
    """The server refused a request: a problem as in RFC 9457."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['status']} {problem['title']}: {problem.get('detail')}")
        self.problem = problem


@dataclass(frozen=True)
class Reply:
    """What the mother reads."""

    kind: str
    """question, input, offer, answer, check, danger or notice."""
    text: str
    title: str | None
    urgency: str
    """none, same_day or emergency: show an emergency before anything else."""
    options: list[str]
    """Quick replies, for buttons."""


class Conversation:
    """One conversation. Sends a message again, under its id, when the connection breaks off."""

    def __init__(self, http: httpx.Client, conversation: str, *, tries: int = 5) -> None:
        self.id = conversation
        self._http = http
        self._tries = tries

    def say(self, text: str) -> Reply:
        """Send her words."""
        return self._send("messages", {"text": text})

    def choose(self, option: str) -> Reply:
        """Send a quick reply that she pressed."""
        return self._send("choices", {"option": option})

    def take_back(self, fact: str) -> Reply:
        """Forget a fact that was understood wrongly, by its name."""
        return self._send("corrections", {"name": fact})

    def summary(self) -> dict[str, Any]:
        """What was understood so far."""
        response = self._http.get(f"/conversations/{self.id}/summary")
        _check(response)
        summary: dict[str, Any] = response.json()
        return summary

    def erase(self) -> None:
        """Delete everything of the conversation."""
        _check(self._http.delete(f"/conversations/{self.id}"))

    def _send(self, what: str, content: dict[str, str]) -> Reply:
        # The id is chosen once: however often it is sent, the message counts once.
        message = {"message_id": str(uuid.uuid4()), **content}
        for attempt in range(1, self._tries + 1):
            try:
                for event in self._events(what, message):
                    if event["type"] == "replied":
                        names = ("kind", "text", "title", "urgency", "options")
                        return Reply(**{name: event[name] for name in names})
            except httpx.TransportError:
                pass
            time.sleep(0.5 * attempt)
        raise ConnectionError(f"no reply after {self._tries} tries")

    def _events(self, what: str, message: dict[str, str]) -> Iterator[Event]:
        """The events of a turn: lines that begin with `data: `, one event each."""
        path = f"/conversations/{self.id}/{what}"
        with self._http.stream("POST", path, json=message) as response:
            if response.is_error:
                response.read()
            _check(response)
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


def connect(address: str, key: str) -> httpx.Client:
    """A connection to the API of a server."""
    headers = {"Authorization": f"Bearer {key}"}
    # Longer than the pings that the server sends while a turn is under way.
    return httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30)


def open_conversation(http: httpx.Client) -> Conversation:
    """Begin a conversation."""
    response = http.post("/conversations")
    _check(response)
    return Conversation(http, response.json()["id"])


def _check(response: httpx.Response) -> None:
    if response.is_error:
        raise ApiError(response.json())


def main() -> None:
    """Send the lines of the input and write the replies."""
    with connect(sys.argv[1], os.environ["API_KEY"]) as http:
        conversation = open_conversation(http)
        for line in sys.stdin:
            reply = conversation.say(line.strip())
            print(f"[{reply.kind}] {reply.title or reply.text}")
            for option in reply.options:
                print(f"  - {option}")
        for fact in conversation.summary()["facts"]:
            print(f"{fact['label']}: {fact['shown']}")
        conversation.erase()


if __name__ == "__main__":
    main()
