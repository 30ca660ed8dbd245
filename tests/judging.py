"""What is judged in tests: a small record, and the pages for judging beside a plain one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse

from agent.texts import load_texts
from evaluation.corrections.export import What, as_written, exported
from evaluation.corrections.talks import Masking, Reader
from records.events import (
    Choice,
    Decided,
    Event,
    KnownFact,
    Located,
    MessageReceived,
    Moved,
    Rated,
    Replied,
    Screened,
    Span,
    Understood,
)
from records.judgements import ENOUGH, Judgements
from records.store import Records
from tests.trees import write_small
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree
from ui.experts.assets import assets
from ui.experts.frame import page
from ui.experts.judging.agreement import agreement_pages
from ui.experts.judging.judge import Judging, judge_pages
from ui.experts.judging.review import review_pages
from ui.experts.judging.sign import sign_pages
from ui.experts.ways import CONVERSATION

HERS = "me duele al mamar <b>mucho</b>, tiene 5 días"
CONSENT = "¿Lo guardamos?"
FACT = KnownFact(
    name="baby_age_days",
    value=5.0,
    unit="days",
    label="edad del bebé",
    quote="5 días",
    shown="5 días",
)
COOKIE = "experta"
"""Names who is signed in."""


def signed_in(request: Request) -> str:
    """The name in the cookie; 401 without one."""
    name = request.cookies.get(COOKIE)
    if not name:
        raise HTTPException(401)
    return name


def write_talk(records: Records, thread: str, *, consent: str | None = CONSENT) -> None:
    """She is led to the pain, asked when it hurts, and gets an answer: two turns."""
    first: list[Event] = [
        Screened(level="none", sign=None, spans=[], check=None),
        Understood(
            text=HERS,
            summary=[Span(start=0, end=17, text=HERS[:17])],
            topics=[Choice(id="dolor", label="Dolor", probability=0.45)],
            facts=[FACT],
            asks_back=False,
        ),
        Located(
            candidates=[
                Choice(id="dolor-cuando", label="Dolor", probability=0.45, topic="dolor"),
                Choice(id="dolor-dientes", label="Me muerde", probability=0.3, topic="dolor"),
            ],
            none_of_these=0.25,
        ),
        Decided(
            node=None,
            action="move",
            why="one entry point stands out",
            evidence=[],
            posterior=[
                Choice(id="dolor-cuando", label="Dolor", probability=0.45),
                Choice(id="dolor-dientes", label="Me muerde", probability=0.3),
            ],
            threshold=0.35,
        ),
        Moved(
            kind="jump",
            origin=None,
            target="dolor-cuando",
            move="dolor-cuando",
            label="Dolor",
            topic="dolor",
        ),
        Replied(
            kind="question",
            node="dolor-cuando",
            text="¿Cuándo te duele?",
            options=["Al agarrar", "Siempre", "No me duele"],
            facts=[FACT],
        ),
    ]
    second: list[Event] = [
        Screened(level="none", sign=None, spans=[], check=None),
        Decided(
            node="dolor-cuando",
            action="move",
            why="one option stands out",
            evidence=[],
            posterior=[
                Choice(id="no", label="No me duele", probability=0.85),
                Choice(id="al-agarrar", label="Al agarrar", probability=0.1),
            ],
            threshold=0.8,
        ),
        Moved(
            kind="choose",
            origin="dolor-cuando",
            target="dolor-agarre",
            move="no",
            label="No me duele",
        ),
        Replied(
            kind="answer",
            node="dolor-agarre",
            title="Mejora el agarre",
            text="Barriga con barriga.",
            reviewed=False,
            facts=[FACT],
        ),
    ]
    for number, (text, events) in enumerate(((HERS, first), ("cuando engancha", second))):
        said = MessageReceived(text=text, consent=None if number else consent)
        records.begin(
            *(thread, str(number), said),
            owner="a",
            tree="prueba@1",
            navigator="semantic",
            model=None,
        )
        records.finish(thread, str(number), events)


def rated(records: Records, thread: str, comment: str) -> None:
    """She says that it did not help."""
    records.note(thread, Rated(node="dolor-agarre", helped=False, comment=comment))


@dataclass
class House:
    """The pages, and what is behind them."""

    records: Records
    judgements: Judgements
    folder: Path
    app: FastAPI
    used: list[str] = field(default_factory=list)
    """The tree versions that were put into use."""

    def tree(self) -> Tree:
        """What the folder holds."""
        return read_tree(self.folder)


def record_url(folder: Path) -> str:
    """Of the record of a house in this folder."""
    return f"sqlite:///{folder}/records.db"


def unnoted(_request: Request, _what: str) -> None:
    """Stands for the log."""


def house(folder: Path, enough: int = ENOUGH, hide: Masking = as_written) -> House:
    """An application with the pages for judging, beside a plain page of a conversation."""
    url = record_url(folder)
    made = House(
        Records.open(url), Judgements.open(url, enough), write_small(folder / "arbol"), FastAPI()
    )
    texts = load_texts("es")
    tree = made.tree()

    def reading(_request: Request) -> Records:
        return made.records

    def use() -> str:
        made.used.append(made.tree().version)
        return made.used[-1]

    def counted() -> Mapping[str, int]:
        return made.judgements.ended_at()

    def export(_: Request, what: What, reader: Reader) -> tuple[str, int, str]:
        return exported(what, made.judgements, reader, made.folder, str(made.folder), hide)

    def version(_name: str) -> Tree:
        return tree

    def can(request: Request) -> bool:
        return signed_in(request) != "luz"

    judging = Judging(made.judgements, version, texts, signed_in, reading, unnoted, can)
    made.app.include_router(assets())
    made.app.include_router(judge_pages(judging, signed_in))
    made.app.include_router(review_pages(made.judgements, enough, texts, signed_in, reading))
    made.app.include_router(
        agreement_pages(made.judgements, version, texts, signed_in, reading, export, can)
    )
    made.app.include_router(sign_pages(made.folder, texts, signed_in, counted, use, unnoted))

    @made.app.get(CONVERSATION)
    def conversation(request: Request, c: str) -> HTMLResponse:
        steps = "".join(
            f'<article id="t{one.turn}-{one.seq}"><h2>{one.event.type} {one.turn}-{one.seq}</h2>'
            f"<pre>{escape(str(getattr(one.event, 'text', '')))}</pre>"
            f"{judging.beside_step(request, c, one.turn, one.seq)}</article>"
            for one in made.records.events(c)
        )
        return page(request, texts, "Conversación", steps, judging.under(request, c))

    return made
