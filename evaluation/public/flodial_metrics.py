"""From FloDial's steps and what was made of them to figures: steps, asking back, walks.

A step is right when the edge is, or when it is seen that the user asks back. The assistant may
also ask again where it is not sure: "free" counts that as not right, "forced" takes its likeliest
edge instead, as the methods it is compared with have to choose one too.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from agent.settings import Navigator
from evaluation import statistics
from evaluation.cases import ReplyInput
from evaluation.metrics import Row, row
from evaluation.public.flodial_steps import Answer, Dialog, Step
from evaluation.results import ReplyPrediction
from evaluation.statistics import Estimate

NAVIGATOR: Navigator = "semantic"
NEGATION = "negation word"
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|nor|neither|nope|nah|cannot|without|negative"
    r"|(?:ca|wo|do|does|did|is|are|was|were|has|have|had|could|would|should)n['’]?t)\b",
    re.IGNORECASE,
)

Made = Mapping[str, ReplyPrediction]
"""What was made of each step."""
_IsRight = Callable[[Step], bool]


def by_negation(given: ReplyInput) -> int:
    """The edge that the baseline takes: No for a reply with a negation word, else Yes."""
    meant = "no" if _NEGATION.search(given.reply) else "yes"
    named = [place for place, label in enumerate(given.options) if label.lower() == meant]
    return named[0] if named else 0


def answer_of(made: ReplyPrediction, step: Step) -> Answer | None:
    """What the assistant does; None where it asks again."""
    if made.action == "choose":
        return made.choice
    if not step.given.is_asked:
        return "not answered"
    return "ask" if made.action == "explain" else None


def forced_answer(made: ReplyPrediction, step: Step) -> Answer:
    """The same; its likeliest edge where it asks again."""
    answer = answer_of(made, step)
    return made.choice if answer is None else answer


def flodial_rows(
    dialogs: Sequence[Dialog], made: Made, baselines: Mapping[str, Mapping[str, int]], seed: int
) -> list[Row]:
    """All figures. `baselines`: by method, the edge chosen for each step."""
    steps = [step for dialog in dialogs for step in dialog.steps]
    methods: dict[str, _IsRight] = {
        f"{NAVIGATOR}, forced": lambda step: forced_answer(made[step.id], step) == step.gold,
        f"{NAVIGATOR}, free": lambda step: answer_of(made[step.id], step) == step.gold,
    }
    for name, chosen in baselines.items():
        methods[name] = lambda step, chosen=chosen: chosen[step.id] == step.gold  # type: ignore[misc]
    edges = [step for step in steps if step.gold != "ask"]
    rows: list[Row] = []
    for part, name, group in (
        ("steps", "right", steps),
        ("steps", "right, where an edge is", edges),
    ):
        for method, is_right in methods.items():
            rows += row(part, name, method, _share(group, is_right))
        # One of the edges, or that she asks back.
        chances = [1 / (len(step.targets) + 1) for step in group]
        rows += row(part, name, "chance", statistics.mean(chances, seed))
    ours = methods[f"{NAVIGATOR}, forced"]
    gains = [float(ours(step)) - methods[NEGATION](step) for step in steps]
    rows += row(
        "steps", "right, case by case", f"forced less {NEGATION}", statistics.mean(gains, seed)
    )
    rows += row("steps", "wrong edge taken", NAVIGATOR, _share(steps, _moves_wrong(made)))
    rows += _asking_back(steps, made)
    rows += _walks(dialogs, methods, seed)
    rows += _openings(dialogs, made)
    for part, name_of in (("by chart", _chart), ("by gold", _gold)):
        for name in sorted({name_of(step) for step in steps}):
            group = [step for step in steps if name_of(step) == name]
            for method in (f"{NAVIGATOR}, forced", f"{NAVIGATOR}, free", NEGATION):
                rows += row(part, name, method, _share(group, methods[method]))
    return rows


def walk_lines(dialogs: Sequence[Dialog], made: Made) -> Iterator[dict[str, object]]:
    """A line for each walk: the nodes reached before the first step that is not right."""
    for dialog in dialogs:
        path: list[str] = []
        right = 0
        for step in dialog.steps:
            if answer_of(made[step.id], step) != step.gold:
                break
            right += 1
            path += [] if isinstance(step.gold, str) else [step.targets[step.gold]]
        yield {
            "id": dialog.id,
            "chart": dialog.chart,
            "steps": len(dialog.steps),
            "right_before_the_first_wrong": right,
            "path": path,
        }


def flodial_errors(dialogs: Sequence[Dialog], made: Made) -> dict[str, list[str]]:
    """Steps that went wrong, by how: the gold, what was done, question and reply."""
    found: dict[str, list[str]] = {
        "the wrong edge is likeliest": [],
        "the right edge is likeliest, but it asks again": [],
        "asking back is not seen": [],
        "an answer is taken for asking back": [],
        "an opening that is not read": [],
    }
    wrong, unsure, unseen, taken, opening = found.values()
    for step in (s for dialog in dialogs for s in (*dialog.steps, *dialog.opening)):
        made_of = made[step.id]
        answer, forced = answer_of(made_of, step), forced_answer(made_of, step)
        if answer == step.gold:
            continue
        if not step.given.is_asked:
            kind = opening
        elif step.gold == "ask":
            kind = unseen
        elif answer == "ask":
            kind = taken
        else:
            kind = unsure if forced == step.gold else wrong
        gold, predicted = (_named(step, a) for a in (step.gold, answer))
        said = f"{' '.join(step.given.question.split())} — {' '.join(step.given.reply.split())}"
        kind.append(f"{step.id} [{gold}; got {predicted}] {said}")
    return found


def _named(step: Step, answer: Answer | None) -> str:
    if answer is None:
        return "not sure"
    return answer if isinstance(answer, str) else step.given.options[answer]


def _asking_back(steps: Sequence[Step], made: Made) -> Iterator[Row]:
    def seen(step: Step) -> bool:
        return answer_of(made[step.id], step) == "ask"

    part = "asking back"
    told_apart = _share(steps, lambda step: seen(step) == (step.gold == "ask"))
    yield from row(part, "told apart from answers", NAVIGATOR, told_apart)
    never = _share(steps, lambda step: step.gold != "ask")
    yield from row(part, "told apart from answers", "never seen", never)
    asking = [step for step in steps if step.gold == "ask"]
    answers = [step for step in steps if step.gold != "ask"]
    yield from row(part, "seen, where the user asks back", NAVIGATOR, _share(asking, seen))
    yield from row(part, "seen, where the user answers", NAVIGATOR, _share(answers, seen))
    moved = _share(asking, lambda step: made[step.id].action == "choose")
    yield from row(part, "edge taken, where the user asks back", NAVIGATOR, moved)


def _walks(dialogs: Sequence[Dialog], methods: Mapping[str, _IsRight], seed: int) -> Iterator[Row]:
    walks = [dialog for dialog in dialogs if dialog.steps]
    for method, is_right in methods.items():
        right = [all(map(is_right, dialog.steps)) for dialog in walks]
        yield from row("walks", "all steps right", method, statistics.share(right))
    chances = [math.prod(1 / (len(s.targets) + 1) for s in dialog.steps) for dialog in walks]
    yield from row("walks", "all steps right", "chance", statistics.mean(chances, seed))
    for method in (f"{NAVIGATOR}, forced", f"{NAVIGATOR}, free"):
        both = [all(map(methods[method], (*d.opening, *d.steps))) for d in walks if d.opening]
        yield from row("walks", "… and the opening", method, statistics.share(both))


def _openings(dialogs: Sequence[Dialog], made: Made) -> Iterator[Row]:
    opened = [dialog for dialog in dialogs if dialog.opening]

    def is_right(dialog: Dialog) -> bool:
        return all(answer_of(made[step.id], step) == step.gold for step in dialog.opening)

    part, name = "openings", "asked the right question first"
    for suffix, group in (
        ("", opened),
        (", where some was answered unasked", [d for d in opened if len(d.opening) > 1]),
    ):
        right = [is_right(dialog) for dialog in group]
        yield from row(part, f"{name}{suffix}", NAVIGATOR, statistics.share(right))
    first = [len(dialog.opening) == 1 for dialog in opened]
    yield from row(part, name, "always the chart's first", statistics.share(first))


def _moves_wrong(made: Made) -> _IsRight:
    return lambda step: (
        made[step.id].action == "choose" and answer_of(made[step.id], step) != step.gold
    )


def _chart(step: Step) -> str:
    return step.chart


def _gold(step: Step) -> str:
    return _named(step, step.gold)


def _share(steps: Sequence[Step], holds: _IsRight) -> Estimate | None:
    return statistics.share([holds(step) for step in steps])
