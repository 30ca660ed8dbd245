"""How the mothers' page looks: colours, style sheet, head script, and where things stand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.themes import Base, Color

from agent.texts import Texts
from ui.first_screen import Surroundings, lay_out_consent, lay_out_foot
from ui.render import MAX_CHIPS, MAX_REPLIES, Screen, render

_STATIC = Path(__file__).parent / "static"

CSS_FILE = _STATIC / "page.css"


def head(texts: Texts) -> str:
    """What goes into a page's head: Gradio neither says its language nor bears a bad network."""
    words = {"language": texts.language, "offline": texts("chat.offline")}
    scripts = [(_STATIC / name).read_text("utf-8") for name in ("network.js", "head.js")]
    return "\n".join(["<script>", f"const pageWords = {json.dumps(words)};", *scripts, "</script>"])


_CLAY = Color(
    "#fbf5f2", "#f6e8e2", "#ecd3c9", "#dcb3a4", "#c98d79", "#a9614d", "#8f4a38", "#743a2c",
    "#5a2d23", "#43221b", "#2d1712", name="clay",
)  # fmt: skip
_SAND = Color(
    "#fbf8f4", "#f3eee7", "#e6ded4", "#d0c5b8", "#a3978a", "#786d62", "#5d544b", "#463f38",
    "#2f2a26", "#211d1a", "#181513", name="sand",
)  # fmt: skip
_FONTS = ("ui-rounded", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif")


def theme() -> Base:
    """Clay on sand, with the fonts that the device has: nothing is fetched from outside."""
    return Base(
        primary_hue=_CLAY, secondary_hue=_CLAY, neutral_hue=_SAND, font=_FONTS, text_size="lg"
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_800",
        body_text_color_dark="*neutral_100",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_200",
        button_primary_background_fill_hover_dark="*primary_100",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="*neutral_950",
        button_large_radius="0.875rem",
        button_small_radius="0.875rem",
        button_large_text_size="1rem",
        button_small_text_size="1rem",
        block_background_fill_dark="*neutral_800",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_200",
    )


@dataclass(frozen=True)
class Parts:
    """What changes on the page."""

    number: gr.Number
    """The turn at which the page was drawn, in the browser's hands; hidden."""
    heard: gr.Number
    """How many answers of a person the page shows, or UNSETTLED; hidden."""
    clock: gr.Timer
    """Ticks before the first answer and while the page waits for one, or for a person."""
    helped: gr.Button
    not_helped: gr.Button
    """Pressed by the head script, for the buttons under an answer; hidden."""
    banner: gr.Markdown
    log: gr.Chatbot
    hint: gr.Markdown
    chips: list[gr.Button]
    replies: list[gr.Button]
    back: gr.Button
    restart: gr.Button
    box: gr.Textbox
    send: gr.Button

    @property
    def outputs(self) -> list[gr.components.Component]:
        """In the order of `updates`."""
        hidden = [self.box, self.number, self.clock, self.heard]
        shown = [self.log, self.banner, self.hint, self.back, self.restart]
        return [*hidden, *shown, *self.chips, *self.replies]

    @property
    def nothing(self) -> list[Any]:
        """An update that changes nothing."""
        return [gr.skip()] * len(self.outputs)

    def updates(
        self,
        after: Screen,
        before: Screen | None = None,
        clear: bool = False,
    ) -> list[Any]:
        """Changes from one screen to the next; everything, where nothing was drawn before."""
        number = gr.skip() if after.number is None else after.number
        changes: list[Any] = ["" if clear else gr.skip(), number]
        old, (clock, *new) = before and _look(before), _look(after)
        # Always said: a screen with dots that comes late, after another event of the page has
        # stopped the clock, must start it again.
        changes.append(gr.update(**clock))
        for position, look in enumerate(new, 1):
            changes.append(gr.skip() if old and old[position] == look else gr.update(**look))
        return changes


UNSETTLED = -1
"""What `heard` holds before the first answer and while one comes."""

_SOON, _LATER = 2.0, 15.0
"""Seconds between two ticks of the clock."""


def heard_on(screen: Screen) -> int:
    """What a page that shows this screen says it has heard of a person."""
    return UNSETTLED if screen.busy or len(screen.messages) <= 1 else screen.heard


def _look(screen: Screen) -> list[dict[str, Any]]:
    """What each part after the box and the number shows."""
    ready = not screen.busy
    soon = heard_on(screen) == UNSETTLED
    looks: list[dict[str, Any]] = [
        {"active": soon or screen.awaits_person, "value": _SOON if soon else _LATER},
        {"value": heard_on(screen)},
        {"value": [{"role": m.role, "content": m.content} for m in screen.messages]},
        {"value": screen.banner or "", "visible": screen.banner is not None},
        {"visible": bool(screen.chips)},
        {"interactive": ready, "visible": screen.can_go_back},
        {"interactive": ready, "visible": len(screen.messages) > 1},
    ]
    for count, labels in (
        (MAX_CHIPS, [words for _, words in screen.chips]),
        (MAX_REPLIES, screen.replies),
    ):
        for index in range(count):
            label = labels[index] if index < len(labels) else None
            looks.append({"value": label or "", "visible": label is not None, "interactive": ready})
    return looks


def lay_out(
    texts: Texts,
    country: str,
    others: Mapping[str, Texts],
    asked: str,
) -> tuple[Parts, Surroundings]:
    """Build the page inside of the current Blocks, for the arguments of build_chat.

    `asked` is what she is asked before anything is kept.
    """
    clock, heard, log, banner, hint, back, restart, *buttons = _look(render([], texts))
    number = gr.Number(0, visible="hidden", precision=0, elem_id="number")
    rates = [gr.Button(visible="hidden", elem_id=name) for name in ("rate-yes", "rate-no")]
    with gr.Row(elem_id="header"):
        gr.Markdown(f"# {texts('chat.title')}", elem_id="name")
        back_button = gr.Button(texts("agent.back"), size="sm", min_width=0, **back)
        restart_button = gr.Button(texts("agent.restart"), size="sm", min_width=0, **restart)
    links = [
        f'<a href="{path.rstrip("/")}/" lang="{other.language}">{other("chat.language")}</a>'
        for path, other in others.items()
    ]
    gr.Markdown(" · ".join([texts("chat.tagline"), *links]), elem_id="tagline")
    parts: dict[str, Any] = {
        "number": number,
        "heard": gr.Number(visible="hidden", precision=0, elem_id="heard", **heard),
        "clock": gr.Timer(**clock),
        "helped": rates[0],
        "not_helped": rates[1],
        "back": back_button,
        "restart": restart_button,
        "banner": gr.Markdown(elem_id="banner", latex_delimiters=[], **banner),
        "log": gr.Chatbot(
            label=texts("chat.conversation"),
            show_label=False,
            height=None,
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            group_consecutive_messages=False,
            autoscroll=False,  # the head script goes to the start of an answer, not to its end
            elem_id="log",
            **log,
        ),
        "hint": gr.Markdown(texts("chat.understood"), elem_id="hint", **hint),
        "chips": _row("chips", buttons[:MAX_CHIPS]),
        "replies": _row("replies", buttons[MAX_CHIPS:]),
    }
    around = lay_out_consent(texts, asked)
    around["look"] = gr.Button("", visible="hidden", elem_id="look")
    parts |= _write(texts)
    around |= lay_out_foot(texts, country)
    return Parts(**parts), Surroundings(texts, **around)


def _row(name: str, looks: list[dict[str, Any]]) -> list[gr.Button]:
    with gr.Row(elem_id=name):
        return [gr.Button(size="sm", min_width=0, **look) for look in looks]


def _write(texts: Texts) -> dict[str, Any]:
    with gr.Row(elem_id="write"):
        box = gr.Textbox(
            label=texts("chat.message"),
            placeholder=texts("chat.placeholder"),
            show_label=False,
            container=False,
            lines=1,
            max_lines=5,
            elem_id="box",
        )
        send = gr.Button(texts("chat.send"), variant="primary", min_width=0, elem_id="send")
    return {"box": box, "send": send}
