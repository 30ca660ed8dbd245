"""A conversation in which everything happens, for the tests of the timeline and its page."""

from datetime import UTC, datetime, timedelta

from records.events import (
    Choice,
    Decided,
    Event,
    Evidence,
    FactCorrected,
    Failed,
    FellBack,
    FollowedUp,
    GraphQueried,
    HandedOff,
    KnownFact,
    Located,
    MessageReceived,
    ModelAwaited,
    ModelCalled,
    Moved,
    PersonReplied,
    PhoneShown,
    Prepared,
    Rated,
    Replied,
    Screened,
    SourceShown,
    Span,
    ToolCalled,
    Understood,
)
from records.store import ConversationSummary

BEGAN = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> **b** ![i](http://x.invalid/i.png)"
)
MESSAGE = "Mi bebé tiene 3 semanas, llora al mamar\ny ayer tuvo 38,2 de fiebre"
AGE = KnownFact(
    name="age_days",
    value=21.0,
    unit="d",
    label="edad del bebé",
    quote="3 semanas",
    shown="3 semanas",
)
SUMMARY = ConversationSummary(
    thread="hilo/1",
    created_at=BEGAN,
    last_at=BEGAN + timedelta(minutes=4),
    turns=2,
    first_words=MESSAGE,
    tree="lactancia@2026-11",
    navigator="scored",
    model="qwen3-8b",
    urgency="same_day",
    outcome="answered",
    node=None,
)


def _span(piece: str, message: str = MESSAGE) -> Span:
    start = message.index(piece)
    return Span(start=start, end=start + len(piece), text=piece)


def first_turn() -> list[Event]:
    """A turn in which everything happens."""
    at = [BEGAN + timedelta(milliseconds=90 * n) for n in range(20)]
    return [
        MessageReceived(at=at[0], text=MESSAGE),
        Prepared(
            at=at[0],
            tree="lactancia@2026-11",
            navigator="scored",
            models=["openai:qwen3-8b"],
            phrasing="tree",
            person=True,
        ),
        Screened(
            at=at[1],
            level="none",
            sign="fiebre",
            spans=[_span("38,2 de fiebre")],
            check="¿Se la has tomado en la axila?",
        ),
        ModelAwaited(at=at[8], ahead=2),
        ModelCalled(
            at=at[8],
            model="qwen3-8b",
            prompt="score@1f3a9c",
            messages=[
                {"role": "system", "content": "Eliges cláusulas de la madre."},
                {"role": "user", "content": MESSAGE},
            ],
            output={"role": "assistant", "content": "", "tool_calls": [{"name": "elegir"}]},
            input_tokens=812,
            output_tokens=41,
            ms=640.0,
        ),
        Understood(
            at=at[9],
            text=MESSAGE,
            summary=[_span("tiene 3 semanas, llora al mamar"), _span("ayer tuvo 38,2 de fiebre")],
            topics=[
                Choice(id="rechazo", label="Rechazo del pecho", probability=0.72),
                Choice(id="fiebre", label="Fiebre del bebé", probability=0.214),
            ],
            facts=[AGE],
            asks_back=True,
        ),
        GraphQueried(
            at=at[10],
            name="entries",
            cypher="MATCH (topic:Topic {tree: $tree})\nRETURN topic.id < 'z' AS small",
            parameters={"tree": "lactancia@2026-11", "ids": ["a", "b"]},
            rows=14,
            ms=2.34,
        ),
        GraphQueried(at=at[10], name="view", cypher="MATCH (n)", parameters={}, rows=1, ms=1.0),
        Located(
            at=at[11],
            candidates=[Choice(id="rechazo.start", label="Rechazo del pecho", probability=0.7)],
            none_of_these=0.08,
        ),
        Decided(
            at=at[12],
            node="rechazo.start",
            action="move",
            why="one option stands out",
            evidence=[
                Evidence(source="semantic", scores={"crying": 1.25, "sleepy": -0.4}),
                Evidence(source="model", scores={"crying": 2.0, "other": 0.0}),
            ],
            posterior=[
                Choice(id="crying", label="Llora o se arquea", probability=0.913),
                Choice(id="sleepy", label="Se duerme", probability=0.05),
            ],
            threshold=0.8,
        ),
        Moved(
            at=at[13],
            kind="choose",
            origin="rechazo.start",
            target="rechazo.crying",
            move="crying",
            label="Llora o se arquea",
            via=["rechazo.age: age_days < 28"],
            facts_used=["age_days"],
        ),
        FellBack(
            at=at[14],
            origin="openai:qwen3-8b",
            target="openai:qwen3-1b",
            why="failed",
            cause=f"ModelUnavailable: {HOSTILE}",
        ),
        ToolCalled(
            at=at[14],
            name="choose_option",
            arguments={"option_id": "crying"},
            result="No está entre las opciones.",
            refused=True,
        ),
        Replied(
            at=at[15],
            kind="answer",
            intro="Claro, te lo explico.",
            title="Llanto al pecho",
            text="Prueba a ofrecerle el pecho cuando esté tranquilo.",
            normal="Que algún día mame menos.",
            seek_help="Si moja menos pañales.",
            service="Centro de salud",
            node="rechazo.crying",
            urgency="same_day",
            sources=[
                SourceShown(
                    title="Guía de lactancia",
                    organisation="AEP",
                    year=2023,
                    url="https://example.org/guia",
                    checked_on="2026-11-01",
                    verification="leída",
                )
            ],
            reviewed=False,
            options=["Me ha ayudado", "Otra cosa"],
            phones=[PhoneShown(name="Urgencias", number="112", hours=None)],
            facts=[AGE],
        ),
    ]


def second_turn() -> list[Event]:
    """She rates, asks for a person, corrects, writes something hostile; then the turn fails."""
    at = BEGAN + timedelta(minutes=4)
    return [
        Rated(at=at, node="rechazo.crying", helped=False, comment=HOSTILE),
        FollowedUp(at=at, node="rechazo.crying", state="worse"),
        HandedOff(at=at, hand_off=7),
        PersonReplied(at=at, hand_off=7, text=HOSTILE),
        FactCorrected(at=at, name="age_days"),
        MessageReceived(at=at, text=HOSTILE),
        Failed(at=at, cause=f"GraphUnavailable: {HOSTILE}"),
    ]
