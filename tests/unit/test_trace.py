"""Events of a conversation -> the HTML that experts read."""

import re
from html.parser import HTMLParser
from typing import get_args

import pytest

from agent.danger.redflags import read_catalogue
from agent.texts import load_texts
from records.events import (
    Event,
    MessageReceived,
    Moved,
    Replied,
    Screened,
    SourceShown,
    Span,
)
from records.store import RecordedEvent
from tests.unit.sample_trace import BEGAN, HOSTILE, MESSAGE, first_turn, second_turn
from ui.experts.conversations.trace import marked, timeline
from ui.experts.conversations.tree_map import START
from ui.experts.markup import duration, escaped, percent
from ui.experts.titles import with_dangers

TEXTS = load_texts("es")


def _recorded(*turns: list[Event]) -> list[RecordedEvent]:
    return [
        RecordedEvent(turn=number, seq=seq, event=event)
        for number, events in enumerate(turns, start=1)
        for seq, event in enumerate(events)
    ]


class _Page(HTMLParser):
    """What a browser sees: tags, their attributes, text; and whether tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page() -> _Page:
    return _Page(timeline(_recorded(first_turn(), second_turn()), TEXTS))


def test_every_kind_of_event_is_drawn(page: _Page) -> None:
    classes = [str(attributes.get("class")) for attributes in page.named("li")]
    drawn = {name.removeprefix("step ") for name in classes if name.startswith("step ")}
    kinds = {kind.model_fields["type"].default for kind in get_args(get_args(Event)[0])}
    assert kinds <= drawn
    assert {event.type for event in [*first_turn(), *second_turn()]} == kinds


def test_a_turn_says_when_and_what_it_took(page: _Page) -> None:
    local = BEGAN.astimezone().strftime("%d/%m/%Y %H:%M")
    assert f"Turno 1 {local} duró 1,4 s" in page.text
    assert "consultas al grafo: 2 (3,3 ms)" in page.text
    assert "llamadas al modelo: 1 (640 ms)" in page.text
    assert "consultas al grafo: 0" not in page.text  # what was not asked is not told


@pytest.mark.parametrize(
    "words",
    [
        "Se la has tomado en la axila",
        "Rechazo del pecho72 %",
        "Fiebre del bebé21,4 %",
        "Ninguno de estos8 %",
        "Llora o se arquea91,3 %",
        "desde 80 %",
        "Una opción destaca sobre las demás.",
        "+1,25",
        "−0,40",
        "rechazo.age: age_days < 28",
        "entries · filas: 14 · 2,3 ms",
        "RETURN topic.id < 'z' AS small",
        '"tree": "lactancia@2026-11"',
        "score@1f3a9c · tokens: 812 leídos, 41 escritos · 640 ms",
        "Eliges cláusulas de la madre.",
        '"name": "elegir"',
        "rechazado",
        "sin revisar por una profesional",
        "Si moja menos pañales.",
        "Urgencias · 112",
        "AEP, 2023 · leída",
        "Me ha ayudado",
        "No le ha ayudado.",
        "Va peor.",
        "En la bandeja con el número 7.",
        "qwen3-8b",
        "lactancia@2026-11",
        "GraphUnavailable",
        "openai:qwen3-8b no sigue en este turno; sigue openai:qwen3-1b.",
        "tokens: 812 leídos (0 de la caché), 41 escritos · coste: sin precio conocido",
    ],
)
def test_what_experts_look_for_is_there(page: _Page, words: str) -> None:
    assert words in page.text


def test_facts_are_called_what_mothers_read_and_not_by_their_names() -> None:
    html = timeline(_recorded(first_turn(), second_turn()), TEXTS)
    assert '<span class="chip ">edad del bebé</span>' in html  # what a move used
    assert escaped(TEXTS("experts.fact_removed", name="edad del bebé")) in html


def test_a_place_of_the_tree_is_told_in_the_words_that_she_read_there() -> None:
    asked: list[Event] = [
        MessageReceived(text="Hola"),
        Replied(kind="question", node="q1", text="¿Cuándo?"),
    ]
    moved = Moved(kind="choose", origin="q1", target="a1", move="o", label="Al empezar")
    told = Replied(kind="answer", node="a1", title="El agarre", text="Prueba otra postura.")
    html = timeline(_recorded(asked, [MessageReceived(text="Al empezar"), moved, told]), TEXTS)
    assert "«¿Cuándo?» <code>q1</code> → «El agarre» <code>a1</code>" in html


def test_bars_are_as_long_as_the_probability(page: _Page) -> None:
    widths = [attributes.get("style") for attributes in page.named("b")]
    assert "width:91.3%" in widths
    assert {"style": "left:80.0%"} in page.named("i")


def test_queries_that_follow_one_another_share_a_step(page: _Page) -> None:
    steps = [attributes.get("class") for attributes in page.named("li")]
    assert steps.count("step graph_queried") == 1


def test_hostile_text_is_text(page: _Page) -> None:
    assert page.text.count(HOSTILE) == 5
    assert not page.named("script")
    assert not page.named("img")


def test_the_html_is_one_line_without_control_characters() -> None:
    hostile = MessageReceived(text="a\n\n# b\r\n\tc\r\0d")
    html = timeline(_recorded([hostile]), TEXTS)
    assert not re.search(r"[\x00-\x1f]", html)
    assert "a\n\n# b\n\tc\n\ufffdd" in _Page(html).text


def test_a_turn_without_a_reply_says_so() -> None:
    html = timeline(_recorded([MessageReceived(text="Hola")]), TEXTS)
    assert "no tiene respuesta todavía" in html


def test_links_are_the_conversation_and_web_pages_only() -> None:
    source = SourceShown(
        title="t", organisation="o", year=None, url="javascript:x", checked_on="", verification="v"
    )
    reply = Replied(kind="answer", text="x", sources=[source])
    page = _Page(timeline(_recorded([reply]), TEXTS))
    assert [attributes["href"] for attributes in page.named("a")] == ["#t1-0"]


def test_each_event_can_be_linked_to_and_names_its_node(page: _Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    events = [*enumerate(first_turn()), *enumerate(second_turn())]
    turns = [1] * len(first_turn()) + [2] * len(second_turn())
    assert {f"t{turn}-{seq}" for turn, (seq, _) in zip(turns, events, strict=True)} <= set(ids)
    nodes = {
        attributes["id"]: attributes.get("data-node")
        for attributes in page.named("li")
        if attributes.get("id")
    }
    assert nodes["t1-8"] == START, "located: outside of the tree"
    assert nodes["t1-9"] == "rechazo.start"
    assert nodes["t1-10"] == "rechazo.crying"
    assert nodes["t1-0"] == ""


def test_what_stands_under_a_step_is_put_there() -> None:
    asked: list[tuple[int, int]] = []

    def beside(turn: int, seq: int) -> str | None:
        asked.append((turn, seq))
        return "<b>nota</b>" if seq == 1 else None

    html = timeline(
        _recorded([MessageReceived(text="Hola"), Replied(kind="answer", text="x")]),
        TEXTS,
        beside=beside,
    )
    assert asked == [(1, 0), (1, 1)]
    assert html.count('<div class="beside"><b>nota</b></div>') == 1


def test_evidence_is_drawn_for_and_against(page: _Page) -> None:
    told = [
        attributes["aria-label"]
        for attributes in page.named("span")
        if attributes.get("class") == "tug"
    ]
    assert told[:2] == ["Parecido +1,25; Modelo +2,00", "Parecido −0,40; Modelo +0,00"]
    styles = [attributes["style"] for attributes in page.named("b") if "left" in str(attributes)]
    # Of 3.25 at most: half of the row.
    assert styles[:3] == [
        "left:50.0%;width:19.2%",
        "left:69.2%;width:30.8%",
        "left:43.8%;width:6.2%",
    ]


def test_a_danger_is_called_by_its_title_and_not_by_its_id() -> None:
    catalogue = read_catalogue()
    sign = catalogue.signs[0]
    found = Screened(level=sign.level, sign=sign.id, spans=[], check=None)
    said = MessageReceived(text="Hola")
    html = timeline(_recorded([said, found]), with_dangers(TEXTS, catalogue))
    assert escaped(sign.title) in html
    assert sign.id not in html
    unknown = found.model_copy(update={"sign": "of-before"})
    assert "of-before" in timeline(_recorded([said, unknown]), with_dangers(TEXTS, catalogue))


def test_marks_overlap_and_keep_every_letter() -> None:
    page = _Page(marked(MESSAGE, first_turn(), TEXTS))
    assert page.text == MESSAGE
    assert [attributes["class"] for attributes in page.named("mark")] == [
        "summary",
        "summary fact",
        "summary",
        "summary",
        "danger summary",
    ]
    assert page.named("mark")[1]["title"] == "Resumen · Dato · edad del bebé: 3 semanas"


@pytest.mark.parametrize("start", [0, 3, 50])
def test_a_span_beyond_the_text_does_no_harm(start: int) -> None:
    turn: list[Event] = [
        Screened(
            level="emergency", sign=None, spans=[Span(start=start, end=90, text="")], check=None
        )
    ]
    assert _Page(marked("Hola", turn, TEXTS)).text == "Hola"


def test_numbers_are_written_the_spanish_way() -> None:
    assert [duration(ms, TEXTS) for ms in (0.25, 9.96, 41.7, 999.0, 1500.0)] == [
        "0,2 ms",
        "10,0 ms",
        "42 ms",
        "999 ms",
        "1,5 s",
    ]
    assert [percent(share, TEXTS) for share in (0.0, 7e-8, 0.0042, 0.5, 1.0, None)] == [
        "0 %",
        "< 0,1 %",
        "0,42 %",
        "50 %",
        "100 %",
        "–",
    ]


def test_escaped_is_safe_in_attributes() -> None:
    assert escaped("\"'<>&") == "&quot;&#x27;&lt;&gt;&amp;"
