"""All figures of one look at the record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from evaluation.learnt.examples import Cluster, clusters
from evaluation.learnt.figures import (
    AnswerFigures,
    QuestionFigures,
    answer_figures,
    by_topic,
    periods,
    question_figures,
    resolving,
)
from evaluation.learnt.plan import Plan
from evaluation.learnt.suggestions import Suggestion, suggestions
from evaluation.statistics import Estimate
from records.learnt.found import Place
from records.learnt.lessons import Lessons
from records.learnt.scope import Scope
from records.learnt.sums import Begun, OfTopic, Step
from tools.encoder import Encoder

MOST_QUESTIONS = 8
"""Questions within which a conversation is to come to an answer by itself."""
_DAYS: tuple[tuple[int, Step], ...] = ((45, "day"), (200, "week"))


@dataclass(frozen=True)
class Look:
    """What is looked at, and how."""

    scope: Scope = field(default_factory=Scope)
    step: Step = "month"
    most_questions: int = MOST_QUESTIONS


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn."""

    look: Look
    plan: Plan
    questions: list[QuestionFigures]
    answers: list[AnswerFigures]
    resolving: dict[tuple[str, str], Estimate]
    """Share resolved by question and topic."""
    begun: list[Begun]
    topics: dict[str, list[OfTopic]]
    suggestions: list[Suggestion]
    periods: list[date]
    """First days of all periods, those in which nothing began included."""

    @property
    def conversations(self) -> int:
        """How many are counted."""
        return sum(line.conversations for line in self.begun)


PlanOf = Callable[[str | None], Plan]
"""The plan of a tree version, or of that in use; that in use, too, where a version is gone."""


def picture(
    lessons: Lessons,
    plan_of: PlanOf,
    look: Look,
    unsafe: Sequence[str] = (),
    now: datetime | None = None,
) -> Picture:
    """Count and work out everything. Raises RecordError, GraphUnavailable.

    Texts are those of the version that is asked for, else of that in use; figures go by node, over
    all versions that the scope has. That an answer is never reached is said of that version only.
    """
    plan = plan_of(look.scope.tree)
    counted = lessons.counted(look.scope, look.step, look.most_questions, unsafe, now)
    questions = question_figures(counted.options, counted.seconds, plan)
    answers = answer_figures(counted.answers, plan)
    reached = [line for line in counted.answers if line.tree == plan.version]
    days = [line.since for line in counted.begun]
    return Picture(
        look=look,
        plan=plan,
        questions=questions,
        answers=answers,
        resolving=resolving(counted.options),
        begun=counted.begun,
        topics=by_topic(counted.topics),
        suggestions=suggestions(questions, answers, counted.switched, reached, plan),
        periods=periods(min(days), max(days), look.step) if days else [],
    )


def behind(lessons: Lessons, scope: Scope, suggestion: Suggestion) -> list[Place]:
    """Conversations that a suggestion is about, the newest first. Raises RecordError."""
    if suggestion.rule == "never_reached":
        return []
    return lessons.places(scope, suggestion.rule, suggestion.node, suggestion.option_ids)


def missing_examples(lessons: Lessons, plan: Plan, scope: Scope, encoder: Encoder) -> list[Cluster]:
    """Ways of saying it that the tree may lack. Raises RecordError."""
    return clusters(lessons.missed(scope), plan.buttons(), encoder)


def step_for(first: date, last: date) -> Step:
    """How finely to draw what lies between two days."""
    length = (last - first).days
    return next((step for most, step in _DAYS if length <= most), "month")
