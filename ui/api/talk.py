"""Talking over HTTP: a message, a quick reply or a correction in, a stream of events out."""

from collections.abc import AsyncIterable, Iterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse

from agent.assistant import storable
from records.events import Event, FactCorrected, MessageReceived, last_reply
from ui.api.messages import ChosenOption, NewMessage, WrongFact, as_seen
from ui.api.parts import OwnConversation, Parts, PartsOf, Talker
from ui.api.problems import Refusal
from ui.render import known_facts

router = APIRouter(
    prefix="/conversations/{conversation}",
    tags=["talk"],
    default_response_class=EventSourceResponse,
)


def _said(given: NewMessage, its: PartsOf, conversation: OwnConversation) -> Iterator[Event]:
    return _tell(its, conversation, given.message_id, given.text)


def _chosen(given: ChosenOption, its: PartsOf, conversation: OwnConversation) -> Iterator[Event]:
    if its.assistant.message(conversation, given.message_id) is None:
        last = last_reply(its.assistant.history(conversation))
        _check("option", given.option, last.options if last else [])
    return _tell(its, conversation, given.message_id, given.option)


def _taken_back(given: WrongFact, its: PartsOf, conversation: OwnConversation) -> Iterator[Event]:
    before = its.assistant.message(conversation, given.message_id)
    if before is None:
        facts = known_facts(its.assistant.history(conversation))
        _check("fact", given.name, [fact.name for fact in facts])
    elif not (isinstance(before, FactCorrected) and before.name == given.name):
        raise _taken(given.message_id)
    return its.assistant.correct(conversation, given.message_id, given.name, must_exist=True)


@router.post("/messages")
async def send_message(
    its: PartsOf, sender: Talker, turn: Annotated[Iterator[Event], Depends(_said)]
) -> AsyncIterable[Event]:
    """Send what she wrote.

    The response is a stream of server-sent events. The `data` of each is one event as JSON, and
    its `type` says which. The first is the message, the last is `replied`: what she reads. A
    stream that breaks off is had again, from its start, by sending the same request again.
    """
    async for event in _stream(its, turn, everything=sender.may("read_all")):
        yield event


@router.post("/choices")
async def choose_option(
    its: PartsOf, sender: Talker, turn: Annotated[Iterator[Event], Depends(_chosen)]
) -> AsyncIterable[Event]:
    """Answer with one of the options of the last reply.

    It is answered as a message is. An option that is not among them is refused with those that
    are; a message in her own words may always be sent instead.
    """
    async for event in _stream(its, turn, everything=sender.may("read_all")):
        yield event


@router.post("/corrections")
async def correct_fact(
    its: PartsOf, sender: Talker, turn: Annotated[Iterator[Event], Depends(_taken_back)]
) -> AsyncIterable[Event]:
    """Take back a fact that was understood wrongly.

    It is answered as a message is. The conversation goes back to where the fact was first used.
    """
    async for event in _stream(its, turn, everything=sender.may("read_all")):
        yield event


async def _stream(its: Parts, turn: Iterator[Event], *, everything: bool) -> AsyncIterable[Event]:
    async for event in its.streams.read(turn):
        if (seen := as_seen(event, everything)) is not None:
            yield seen


def _tell(its: Parts, conversation: str, message_id: str, text: str) -> Iterator[Event]:
    before = its.assistant.message(conversation, message_id)
    if before is not None and not (
        isinstance(before, MessageReceived) and before.text == storable(text)
    ):
        raise _taken(message_id)
    return its.assistant.reply(conversation, message_id, text, must_exist=True)


def _taken(message_id: str) -> Refusal:
    return Refusal(
        HTTPStatus.CONFLICT,
        "message-id-taken",
        "The message id is taken",
        f"the message id {message_id!r} stands for another message of this conversation;"
        " send this one under a new id",
    )


def _check(what: str, value: str, valid: list[str]) -> None:
    if value not in valid:
        there = ", ".join(valid) or "there are none"
        raise Refusal(
            HTTPStatus.CONFLICT,
            f"no-such-{what}",
            f"There is no such {what} now",
            f"{value!r} is not among those of the last reply: {there}",
            valid=valid,
        )
