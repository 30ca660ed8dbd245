"""Conversations over HTTP: open, read, erase."""

import secrets
from http import HTTPStatus
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query

from ui.api.messages import (
    ConversationList,
    History,
    ListedConversation,
    OpenedConversation,
    Page,
    RecordedTurn,
    as_seen,
)
from ui.api.parts import (
    Anyone,
    ErasableConversation,
    PartsOf,
    ReadableConversation,
    Researcher,
    Talker,
)
from ui.api.problems import no_conversation
from ui.api.summary import Summary, sum_up

router = APIRouter(prefix="/conversations", tags=["conversations"])


@router.post("", status_code=HTTPStatus.CREATED)
def open_conversation(its: PartsOf, sender: Talker) -> OpenedConversation:
    """Open a conversation, which has no message yet."""
    conversation = secrets.token_urlsafe(24)
    its.assistant.open(conversation)
    its.clients.claim(conversation, sender.client)
    return OpenedConversation(id=conversation, greeting=its.assistant.texts("agent.greeting"))


@router.get("")
def list_conversations(
    its: PartsOf, _: Researcher, page: Annotated[Page, Query()]
) -> ConversationList:
    """List all conversations, the page's too. For researchers."""
    return ConversationList(
        total=its.records.count(),
        conversations=[
            ListedConversation(
                id=one.thread,
                created_at=one.created_at,
                last_at=one.last_at,
                messages=one.turns,
                first_words=one.first_words,
                outcome=one.outcome,
                urgency=one.urgency,
            )
            for one in its.records.conversations(limit=page.limit, offset=page.offset)
        ],
    )


@router.get("/{conversation}/summary")
def read_summary(its: PartsOf, conversation: ReadableConversation) -> Summary:
    """Sum up: the telling pieces of her words, topics, facts and the path so far."""
    known = its.records.conversation(conversation)
    if known is None:
        raise no_conversation()
    return sum_up(known, its.assistant.history(conversation))


@router.get("/{conversation}/history")
def read_history(its: PartsOf, sender: Anyone, conversation: ReadableConversation) -> History:
    """Read all that was said, with what a screen needs; for researchers with all that happened."""
    turns = groupby(its.records.events(conversation), lambda recorded: recorded.turn)
    everything = sender.may("read_all")
    return History(
        conversation=conversation,
        turns=[
            RecordedTurn(
                number=number,
                events=[
                    seen for one in recorded if (seen := as_seen(one.event, everything)) is not None
                ],
            )
            for number, recorded in turns
        ],
    )


@router.delete("/{conversation}", status_code=HTTPStatus.NO_CONTENT)
def erase_conversation(its: PartsOf, conversation: ErasableConversation) -> None:
    """Erase all that is kept of a conversation, once a message under way is answered."""
    its.assistant.erase(conversation)
