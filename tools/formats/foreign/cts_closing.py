"""Which questions of a graph only ask whether there is anything else."""

from collections.abc import Mapping, Sequence

from tools.components import reached

_Ways = Mapping[str, Sequence[str]]


def closing_questions(questions: Sequence[str], ways: _Ways, first: str) -> set[str]:
    """The questions with an option back to a node that lies on every way to them, or to a closing
    question.

    Depth does not tell: a later question may well lead to one that has a short way too. `ways` are
    the targets of each node's options, `first` is where every way begins.
    """
    led_to = reached([first], ways)
    without = {
        target: reached([first], ways, without=target)
        for question in questions
        for target in ways[question]
    }
    closing = {
        question
        for question in questions
        if question in led_to
        and any(t != question and question not in without[t] for t in ways[question])
    }
    while further := {q for q in questions if closing.intersection(ways[q])} - closing:
        closing |= further
    return closing
