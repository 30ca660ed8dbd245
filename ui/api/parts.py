"""What the routes of the HTTP API work with, and who calls them: FastAPI's dependencies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry

from agent.assistant import Assistant
from agent.service import Service
from records.clients import Clients
from records.store import Records
from ui.api.access import Access, Caller, Right
from ui.api.messages import ConversationId
from ui.api.problems import no_conversation
from ui.api.streams import Streams

_BEARER = HTTPBearer(
    auto_error=False, description="A key made by `nodriza api-keys create`: nodriza_…"
)


@dataclass(frozen=True)
class Parts:
    """What the API stands on."""

    assistant: Assistant
    records: Records
    clients: Clients
    access: Access
    streams: Streams
    metrics: CollectorRegistry

    @classmethod
    def of(cls, service: Service, clients: Clients, streams: Streams) -> "Parts":
        """The parts that a running house gives."""
        access = Access(clients)
        return cls(service.assistant, service.records, clients, access, streams, service.metrics)


def parts(request: Request) -> Parts:
    """The parts of the application that serves the request."""
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


PartsOf = Annotated[Parts, Depends(parts)]


def caller(
    its: PartsOf, key: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Whoever sent the request."""
    return its.access.admit(key.credentials if key else None)


Anyone = Annotated[Caller, Depends(caller)]


def _needing(right: Right) -> Callable[[Caller], Caller]:
    def allowed(sender: Anyone) -> Caller:
        sender.need(right)
        return sender

    return allowed


Talker = Annotated[Caller, Depends(_needing("talk"))]
Analyst = Annotated[Caller, Depends(_needing("analyse"))]
Researcher = Annotated[Caller, Depends(_needing("read_all"))]
Monitor = Annotated[Caller, Depends(_needing("metrics"))]


def _own(conversation: ConversationId, sender: Talker, its: PartsOf) -> str:
    if not sender.owns(its.clients.client_of(conversation)):
        raise no_conversation()
    return conversation


def _in_reach(right: Right) -> Callable[[str, Caller, Parts], str]:
    def reached(conversation: ConversationId, sender: Anyone, its: PartsOf) -> str:
        if not sender.may(right):
            sender.need("talk")
            return _own(conversation, sender, its)
        if its.records.conversation(conversation) is None:
            raise no_conversation()
        return conversation

    return reached


OwnConversation = Annotated[str, Depends(_own)]
"""The id of a conversation that the caller opened."""
ReadableConversation = Annotated[str, Depends(_in_reach("read_all"))]
"""The id of one that the caller opened, or of any if it may read all."""
ErasableConversation = Annotated[str, Depends(_in_reach("erase_all"))]
"""The id of one that the caller opened, or of any if it may erase all."""
