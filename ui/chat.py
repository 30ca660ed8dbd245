"""The mothers' chat: one page over the assistant's events, and who is on it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr

from agent.texts import Texts
from agent.turns import log_error
from records.events import Event, Locale, Replied
from ui.conversation import Conversation, Talk
from ui.first_screen import consent_asked, emergency_call
from ui.locales import guess_country
from ui.render import Screen, render
from ui.theme import UNSETTLED, heard_on, lay_out
from ui.visitor import thread_of
from ui.visits import Limits, Mode, PrivateThreads, Refusals, Refused


@dataclass(frozen=True)
class _Visit:
    """One event of a page: whose it is, and what she agreed to."""

    conversation: Conversation
    thread: str
    address: str
    """The network's; it is neither kept nor logged."""
    mode: Mode
    """Empty as long as she has not said whether her words may be kept."""
    locale: Locale
    consent: str | None
    """The words that she has agreed to, where her words may be kept."""
    refused: Refused | None
    """Why her last message was not taken."""


class Visits:
    """The conversations that somebody watches or that have a turn to do, by browser.

    The others rest in the record; those that are not to be kept, in memory until they are over.
    """

    def __init__(
        self,
        stored: Talk,
        private: Talk,
        limits: Limits,
        texts: Texts,
        country: str,
        person: bool = False,
    ) -> None:
        """`country` is where she is, as long as neither she nor her browser says so.

        `person` says whether she may ask for one.
        """
        self._texts = texts
        self._person = person
        self._talks: dict[bool, Talk] = {False: stored, True: private}
        self._limits = limits
        self._country = country
        self._lock = threading.Lock()
        self._open: WeakValueDictionary[tuple[str, bool], Conversation] = WeakValueDictionary()
        self._private = PrivateThreads(self._forget)
        self._refusals = Refusals()

    async def enter(
        self, request: gr.Request, texts: Texts, mode: Mode, country: str | None, asked: str
    ) -> _Visit | str:
        """The browser's conversation, or the key of the sentence that says why there is none.

        `country` is the page's; None for one that is being opened, or has not been told yet.
        `asked` is what it asks before anything is kept.
        """
        thread = thread_of(request.cookies)
        if thread is None:
            return "chat.no_cookie"
        private = mode == "private" or (not mode and self.is_private(thread))
        if private:
            self._private.touch(thread)
        with self._lock:
            conversation = self._open.get((thread, private))
            if conversation is None:
                conversation = Conversation(
                    # A person can only answer what is kept.
                    self._talks[private],
                    self._texts,
                    thread,
                    self._person and not private,
                )
                self._open[thread, private] = conversation
        try:
            await asyncio.to_thread(conversation.restore)
        except Exception as error:  # noqa: BLE001 - an outage, told calmly
            log_error("a conversation could not be read", error)
            return "agent.calm"
        if not mode and conversation.begun:
            mode = "private" if private else "stored"
        here = country or conversation.country
        if here is None:
            here = guess_country(request.headers.get("accept-language"), self._country)
        locale = Locale(country=here, language=texts.language)
        consent = asked if mode == "stored" else None
        address = request.client.host if request.client else ""
        refused = self._refusals.of(thread)
        return _Visit(conversation, thread, address, mode, locale, consent, refused)

    def talk_of(self, thread: str) -> Talk:
        """What keeps the conversation of a browser."""
        return self._talks[self.is_private(thread)]

    def is_private(self, thread: str) -> bool:
        """Whether it is in memory only."""
        return thread in self._private

    async def refuse(self, visit: _Visit, text: str) -> Refused | None:
        """Why a message is not taken; nothing of it is kept then."""
        why = self._limits.refuse(visit.thread, visit.address, agreed=bool(visit.mode))
        refused = None
        if why is not None:
            alarm = await asyncio.to_thread(self._talks[True].alarm, text, visit.locale)
            refused = Refused(why, alarm)
        self._refusals.note(visit.thread, refused)
        return refused

    async def alarm(self, request: gr.Request, text: str, locale: Locale) -> Replied | None:
        """What is to be done at once, for a visitor without a conversation: nothing is kept."""
        address = request.client.host if request.client else ""
        if self._limits.refuse(f"no cookie, {address}", address, agreed=True) is not None:
            return None
        return await asyncio.to_thread(self._talks[True].alarm, text, locale)

    async def leave(self, request: gr.Request) -> None:
        """Her page has closed, or only reloads."""
        if thread := thread_of(request.cookies):
            self._private.leave(thread)

    def _forget(self, thread: str) -> None:
        try:
            self._talks[True].erase(thread)
        except Exception as error:  # noqa: BLE001 - nobody waits for it
            log_error("a private conversation could not be forgotten", error)


def build_chat(
    visits: Visits,
    texts: Texts,
    country: str,
    others: Mapping[str, Texts],
    model: str | None = None,
    keep_days: int | None = None,
) -> gr.Blocks:
    """The page, for mounting.

    `country` (ES, MX, ...) is whose emergency number is shown before the browser was asked;
    `others` the page in other languages, by its path; `model` whom her words are sent to, if they
    leave this machine; `keep_days` how long conversations without activity are kept.
    """
    page = gr.Blocks(title=texts("chat.title"), analytics_enabled=False)
    with page:
        asked = consent_asked(texts, model, keep_days)
        parts, around = lay_out(texts, country, others, asked)
        shared: dict[str, Any] = {
            "outputs": [*parts.outputs, *around.outputs],
            "concurrency_limit": 1000,
            "concurrency_id": "chat",
            "show_progress": "hidden",
            "api_visibility": "private",
        }

        nothing = [gr.skip()] * len(shared["outputs"])

        async def shut_out(request: gr.Request, why: str, text: str) -> Screen:
            """Without a conversation: why, and whom to call where her words tell of danger."""
            here = guess_country(request.headers.get("accept-language"), country)
            emergency = emergency_call(texts, here)
            told: list[Event] = [Replied(kind="notice", text=texts(why, emergency=emergency))]
            locale = Locale(country=here, language=texts.language)
            alarm = await visits.alarm(request, text, locale) if text.strip() else None
            if alarm and alarm.kind == "danger":  # a doubtful one could not be settled here
                told.append(alarm)
            return render(told, texts)

        def listen(
            triggers: list[Any],
            act: Callable[..., bool],
            inputs: list[gr.components.Component],
            typed: bool = False,
            says: bool = False,
            agreed: Mode | None = None,
            moves: bool = False,
        ) -> None:
            """`says`: the first input is a message; `agreed`: what pressing it agrees to.

            `moves`: she says that she is in another country.
            """
            opens = triggers == [page.load]

            async def turn(
                request: gr.Request, mode: Mode, country: str | None, *values: Any
            ) -> AsyncIterator[list[Any]]:
                chosen = None if opens else country
                visit = await visits.enter(request, texts, agreed or mode, chosen, asked)
                if isinstance(visit, str):
                    text = values[0] if says else ""
                    yield [*parts.updates(await shut_out(request, visit, text)), *around.nothing]
                    return
                conversation, refused = visit.conversation, None
                if says and values[0].strip():
                    refused = await visits.refuse(visit, values[0])
                # The box is emptied when her words are taken, and once: she may be writing again.
                taken = refused is None and await asyncio.to_thread(act, visit, *values)
                clear = taken and typed
                # They may have been taken before, by a request whose answer was lost.
                clear = clear or (typed and conversation.has_taken(int(values[1]), values[0]))
                # An event that comes late, such as the page's opening, must not undo a question.
                here = (visit.locale.country, visit.mode)
                # The telephones of a warning that is shown are those of where she is.
                told = visit.refused if moves else refused
                other = around.updates(*here, told) if says or moves else around.looks(*here)
                before: Screen | None = None
                async for screen in conversation.watch(visit.locale):
                    changes = parts.updates(screen, before, clear)
                    if before is None and refused and refused.why == "consent" and not typed:
                        changes[0] = values[0]  # what she pressed waits in the box
                    yield [*changes, *other]
                    before, clear, other = screen, False, around.nothing
                # Gradio sends the last update twice, and the second time it may be out of date.
                yield nothing

            known = [around.mode, around.country, *inputs]
            gr.on(triggers, turn, inputs=known, trigger_mode="multiple", **shared)

        async def again(
            request: gr.Request,
            mode: Mode,
            country: str | None,
            text: str,
            drawn: float,
            heard: float,
            notice: str,
        ) -> list[Any]:
            visit = await visits.enter(request, texts, mode, country, asked)
            if isinstance(visit, str):
                return nothing
            screen = visit.conversation.view(visit.locale)
            clear = visit.conversation.has_taken(int(drawn), text)
            if int(heard) == heard_on(screen) != UNSETTLED:
                return nothing  # a person has still not answered
            if screen.busy:
                return nothing
            here = (visit.locale.country, visit.mode, visit.refused)
            return [*parts.updates(screen, clear=clear), *around.missed(*here, notice)]

        # Gradio loses updates when one event ends while another begins, or when a phone sleeps:
        # before the first answer and while it shows dots, the page looks again now and then, also
        # for why her message was not taken. It does so too, less often, while a person has still
        # to answer.
        hers: list[gr.components.Component] = [around.mode, around.country, parts.box]
        looked_at = [*hers, parts.number, parts.heard, around.notice]
        parts.clock.tick(again, inputs=looked_at, **shared)
        page.unload(visits.leave)
        listen([page.load], lambda *_: False, [])
        listen([around.look.click], lambda *_: False, [])
        listen([around.country.input], lambda *_: False, [], moves=True)
        said: dict[str, Any] = {"act": _say_typed, "inputs": [parts.box, parts.number]}
        listen([parts.box.submit, parts.send.click], **said, typed=True, says=True)
        listen([around.keep.click], **said, typed=True, says=True, agreed="stored")
        listen([around.private.click], **said, typed=True, says=True, agreed="private")
        for button in (*parts.replies, parts.back, parts.restart):
            listen([button.click], _say_pressed, [button, parts.number], says=True)
        for button, helped in ((parts.helped, True), (parts.not_helped, False)):
            listen(
                [button.click],
                lambda visit, drawn, helped=helped: visit.conversation.rate(int(drawn), helped),
                [parts.number],
            )
        for index, chip in enumerate(parts.chips):
            listen(
                [chip.click],
                lambda visit, drawn, index=index: visit.conversation.correct(
                    int(drawn), index, visit.locale
                ),
                [parts.number],
            )
    return page


def _say_typed(visit: _Visit, text: str, drawn: float) -> bool:
    return _say(visit, text, drawn, typed=True)


def _say_pressed(visit: _Visit, text: str, drawn: float) -> bool:
    return _say(visit, text, drawn, typed=False)


def _say(visit: _Visit, text: str, drawn: float, typed: bool) -> bool:
    return visit.conversation.say(int(drawn), text, visit.locale, typed, visit.consent)
