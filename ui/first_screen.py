"""What stands around the conversation: her country, her consent, and why a message has to wait."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from agent.danger.redflags import countries
from agent.texts import Texts
from records.events import Replied
from ui.after import DATA
from ui.locales import localised
from ui.render import alarm
from ui.visits import Mode, Refused

ELSEWHERE = "ZZ"
"""Any country that has no telephone numbers here."""


@dataclass(frozen=True)
class Surroundings:
    """The parts of the page that no event of the conversation changes."""

    texts: Texts
    country: gr.Dropdown
    mode: gr.Textbox
    """What she agreed to, in the browser's hands; hidden."""
    notice: gr.Markdown
    consent: gr.Column
    keep: gr.Button
    private: gr.Button
    disclaimer: gr.Markdown
    look: gr.Button
    """Pressed by the page's script to see what it may have missed; hidden."""

    @property
    def outputs(self) -> list[Any]:
        """In the order of `updates`."""
        return [self.country, self.mode, self.notice, self.consent, self.disclaimer]

    @property
    def nothing(self) -> list[Any]:
        """An update that changes nothing."""
        return [gr.skip()] * len(self.outputs)

    def looks(self, country: str, mode: Mode) -> list[Any]:
        """The parts for a country and a mode; what she has been asked or told stays."""
        known = self.updates(country, mode)
        return [known[0], known[1], gr.skip(), gr.skip(), known[4]]

    def updates(self, country: str, mode: Mode, refused: Refused | None = None) -> list[Any]:
        """The parts for a country and a mode, and for a message that was taken or refused."""
        asked = refused is not None and refused.why == "consent"
        notice = self._notice(refused, country) if refused else ""
        return [
            gr.update(value=country),
            mode,
            gr.update(value=notice, visible=bool(notice)),
            gr.update(visible=asked),
            gr.update(value=disclaimer(self.texts, country, mode)),
        ]

    def missed(self, country: str, mode: Mode, refused: Refused | None, shown: str) -> list[Any]:
        """The parts that say why a message was not taken, for a page whose notice is `shown`."""
        if refused is None:
            return self.nothing
        known = self.updates(country, mode, refused)
        # What is there already is not said again: a screen reader would read it out.
        told = gr.skip() if self._notice(refused, country) == (shown or "") else known[2]
        return [gr.skip(), gr.skip(), told, known[3], gr.skip()]

    def _notice(self, refused: Refused, country: str) -> str:
        # A doubtful danger is asked about as soon as she has agreed, one tap from here.
        doubtful = refused.alarm is not None and refused.alarm.kind == "check"
        hidden = refused.why == "consent" and doubtful
        told = [refused.alarm] if refused.alarm and not hidden else []
        here = [event for event in localised(told, country) if isinstance(event, Replied)]
        parts = [alarm(event, self.texts) for event in here]
        if refused.why != "consent":
            emergency = emergency_call(self.texts, country)
            parts.append(self.texts(f"chat.refused.{refused.why}", emergency=emergency))
        return "\n\n".join(parts)


def disclaimer(texts: Texts, country: str, mode: Mode) -> str:
    """What it cannot replace, whom to call, and what is kept."""
    emergency = emergency_call(texts, country)
    kept = texts(f"chat.kept.{mode or 'nothing_yet'}")
    return f"{texts('chat.disclaimer', emergency=emergency)} {kept}".strip()


def emergency_call(texts: Texts, country: str) -> str:
    """Whom to call in an emergency: "al 112"."""
    key = f"chat.emergency.{country}"
    known = texts.keys()
    return texts(key if key in known else "chat.emergency.other")


def consent_asked(texts: Texts, model: str | None, keep_days: int | None) -> str:
    """What she is asked before anything is kept; the arguments are those of build_chat."""
    kept = texts("chat.consent.until_erased")
    if keep_days is not None:
        kept = texts("chat.consent.for_days", days=keep_days)
    asked = [texts("chat.consent.text", kept=kept)]
    if model:
        asked.append(texts("chat.consent.model", company=model))
    return "\n\n".join(asked)


def lay_out_consent(texts: Texts, asked: str) -> dict[str, Any]:
    """Ask before anything is kept."""
    notice = gr.Markdown("", visible=False, elem_id="notice", latex_delimiters=[])
    with gr.Column(visible=False, elem_id="consent") as consent:
        gr.Markdown(asked, elem_id="consent-text", latex_delimiters=[])
        with gr.Row(elem_id="consent-buttons"):
            keep = gr.Button(texts("chat.consent.keep"), min_width=0)
            private = gr.Button(texts("chat.consent.private"), min_width=0)
    return {"notice": notice, "consent": consent, "keep": keep, "private": private}


def lay_out_foot(texts: Texts, country: str) -> dict[str, Any]:
    """The last line: what it cannot replace, and her country."""
    mode = gr.Textbox("", visible="hidden", elem_id="mode", container=False)
    with gr.Row(elem_id="foot"):
        text = gr.Markdown(disclaimer(texts, country, ""), elem_id="disclaimer")
        gr.Markdown(f"[{texts('hers.my_data')}]({DATA})", elem_id="mine")
        names = [(texts(f"chat.country.{code}"), code) for code in (*countries(), ELSEWHERE)]
        chosen = gr.Dropdown(
            names,
            # Empty until her browser was asked: what is sent before must not count as her choice.
            value=None,
            label=texts("chat.country.label"),
            show_label=False,
            container=False,
            filterable=False,
            min_width=0,
            elem_id="country",
        )
    return {"mode": mode, "disclaimer": text, "country": chosen}
