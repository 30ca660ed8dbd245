"""The summary: her words, exactly; the clauses that matter and the baby's age; and short."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.summary import (
    SHARE,
    SHORT,
    Summarizer,
    has_summaries,
    split_clauses,
    summarize,
)
from records.events import Span
from tools.samples import Sample
from tools.words import words

OPENINGS = ("Hola a todas, os escribo desde mi casa", "Buenas noches, mi suegra dice que exagero")
ENDINGS = (
    "mi madre dice que aguante, gracias por leerme desde el trabajo, qué cosas",
    "os escribo con el café frío en la mano, un beso a todas desde aquí",
    "mi marido dice que son cosas mías y mi suegra lo mismo, gracias por todo",
)
PROBLEMS = (
    "me duele el pezón derecho cuando mama",
    "el niño no moja pañales desde ayer",
    "tengo grietas que sangran hace dos días",
    "me duele mucho el pecho cuando mama",
)
MARKED = [
    Sample(
        text=f"{opening}, {problem}, {ending}",
        topic="dolor",
        extractive_gold=(problem,),
    )
    for problem in PROBLEMS
    for opening in OPENINGS
    for ending in ENDINGS
]


@cache
def summarizer() -> Summarizer:
    return Summarizer(MARKED, "es")


def test_clauses_are_exact_spans_and_keep_decimal_numbers_whole() -> None:
    message = "Hola!! tengo 38,5 de fiebre, me duele el pecho pero mama bien..."
    clauses = split_clauses(message)
    assert [clause.text for clause in clauses] == [
        "Hola",
        "tengo 38,5 de fiebre",
        "me duele el pecho",
        "pero mama bien",
    ]
    for clause in clauses:
        assert message[clause.start : clause.end] == clause.text


def test_what_resembles_what_was_marked_is_kept() -> None:
    message = (
        "Buenas, mi madre dice que son cosas mías y mi suegra lo mismo, os escribo con el café,"
        " me duele el pezón izquierdo cuando mama, gracias a todas por leerme desde el trabajo"
    )
    (kept,) = summarize(message, summarizer(), [])
    assert kept.text == "me duele el pezón izquierdo cuando mama"


def test_a_short_message_is_its_own_summary() -> None:
    message = "hola, me duele"
    summary = summarize(message, summarizer(), [])
    assert [span.text for span in summary] == ["hola", "me duele"]


@given(
    st.lists(st.sampled_from([*"abcde", "me duele", "mi suegra", ",", ".", "pero"]), max_size=90)
)
def test_spans_are_hers_in_order_apart_and_few(parts: list[str]) -> None:
    message = " ".join(parts)
    age = [Span(start=0, end=1, text=message[:1])] if message[:1].isalpha() else []
    summary = summarize(message, summarizer(), age)
    end = 0
    for span in summary:
        assert span.start >= end
        assert message[span.start : span.end] == span.text
        end = span.end
    assert not age or summary[0].start == 0
    long = len(words(message)) > SHORT
    kept = sum(len(words(span.text)) for span in summary)
    assert not long or kept <= max(SHARE * len(words(message)), 1 + len(age))


def test_there_is_nothing_to_learn_from_what_is_not_marked() -> None:
    assert has_summaries(MARKED)
    assert not has_summaries([Sample(text="hola " * 40, topic="dolor")])
