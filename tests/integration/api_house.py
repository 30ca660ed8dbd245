"""The whole web application on a real server, with keys for its HTTP API."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from agent.service import Service
from agent.texts import load_texts
from records.clients import Clients
from ui.api.app import PREFIX, create_api
from ui.api.parts import Parts
from ui.api.streams import Streams
from ui.app import create_app
from ui.chat import Visits
from ui.visits import Limits


@dataclass(frozen=True)
class ApiServer:
    """A running server."""

    url: str
    """Of the site; the API is at PREFIX."""
    service: Service
    clients: Clients

    def caller(self, client: str = "app", role: str = "app", rate: str = "9999/second") -> "Caller":
        """A new key, in use."""
        return Caller(self.url, self.clients.create_key(client, role, rate))


class Caller(httpx.Client):
    """Sends requests to the API with a key."""

    def __init__(self, url: str, key: str | None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(base_url=url + PREFIX, headers=headers, timeout=60, trust_env=False)

    def talk(self, conversation: str, what: str, **message: str) -> list[dict[str, Any]]:
        """The events of a turn, read to their end."""
        response = self.post(f"/conversations/{conversation}/{what}", json=message)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.text.split("\n") if line]
        assert all(line.startswith(("data: ", ":")) for line in lines)
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    def opened(self) -> str:
        """The id of a new conversation."""
        response = self.post("/conversations")
        assert response.status_code == 201, response.text
        return str(response.json()["id"])


@contextmanager
def serving(service: Service, records_url: str) -> Iterator[ApiServer]:
    """Serve a house on a free port."""
    clients = Clients.open(records_url)
    texts, no_limits = load_texts("es"), Limits("9999/second", "9999/second", 9999, lambda: 0)

    def app() -> FastAPI:
        return create_app(
            Visits(service.assistant, service.private, no_limits, texts, "ES"),
            texts,
            country="ES",
            access=None,
            on_stop=lambda: None,
            parts={"record": service.records.check},
            api=create_api(Parts.of(service, clients, Streams())),
        )

    # Gradio leaves an event loop behind when it is built outside of a running one.
    config = uvicorn.Config(app, factory=True, port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield ApiServer(f"http://127.0.0.1:{port}", service, clients)
    finally:
        server.should_exit = True
        thread.join(10)
        clients.close()
