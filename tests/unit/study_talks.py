"""Hand-made cases and conversations over the small tree, for the tests of the study's figures."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from evaluation.cases import WalkCase
from evaluation.study.attempt import Attempt, Exchange, FirstReading, TokenCount, attempt_id
from evaluation.study.manifest import ATTEMPTS, ArmEntry, CaseFile, Manifest, write_study
from evaluation.study.measure.judged import Judged, judge
from tools.tree import Tree

ASKED, AGE, PRETERM = "dolor-cuando", "edad", "prematuro"
RIGHT, ALSO, REFERRAL, OTHER = "dolor-primeros-dias", "dolor-agarre", "consulta", "dolor-dientes"
"""The target of CASE, the two named under it, and a question that is not on its way."""
MESSAGE = "Tiene cinco días y me duele al agarrar"


def case(name: str = "c1", **changed: Any) -> WalkCase:
    """A mother whose ideal walk is ASKED, AGE, PRETERM, RIGHT."""
    plain: dict[str, Any] = {
        "id": name,
        "tree": "prueba",
        "first_message": MESSAGE,
        "persona": "terse",
        "facts": {"baby_age_days": 5, "preterm": False},
        "answers": {ASKED: "al-agarrar"},
        "says": {},
        "target": (RIGHT,),
        "must_escalate": False,
        "summary_gold": ("cinco días", "duele al agarrar"),
        "topics_gold": ("dolor",),
        "start": ASKED,
        "relevant_questions": (ASKED,),
    }
    return WalkCase(**plain | changed)


def said(kind: str, node: str | None = None, **more: Any) -> Exchange:
    """An exchange that took 100 ms and called no model."""
    plain: dict[str, Any] = {"said": "eso", "text": f"{kind} {node}", "options": (), "ms": 100.0}
    return Exchange(kind=kind, node=node, **plain | more)


def answer(node: str = RIGHT, **more: Any) -> Exchange:
    """An answer, shown as advice."""
    return said("answer", node, shown=(node,), moves=(node,), **more)


def attempt(
    *exchanges: Exchange,
    case: str = "c1",
    arm: str = "menu",
    repeat: int = 0,
    outcome: str | None = None,
    **more: Any,
) -> Attempt:
    """A conversation; how it ended is told by its last exchange, where it is not told."""
    last = exchanges[-1] if exchanges else None
    ends = {"answer": "resolved", "danger": "escalated"}
    ended = outcome or (ends.get(last.kind, "gave_up") if last else "failed")
    return Attempt(
        case=case,
        arm=arm,
        repeat=repeat,
        outcome=ended,
        final_node=last.node if last and ended == "resolved" else None,
        exchanges=exchanges,
        **more,
    )


def judged(tree: Tree, attempts: Iterable[Attempt], *cases: WalkCase) -> list[Judged]:
    """With their cases; CASE where none is given."""
    return list(judge(tree, {one.id: one for one in cases or (case(),)}, list(attempts)))


def paid(
    calls: int = 1, read: int = 100, written: int = 10, cost: float | None = 0.5
) -> TokenCount:
    """What a turn took of a model."""
    return TokenCount(calls=calls, read=read, written=written, cost=cost)


def reading(**parts: Any) -> FirstReading:
    """What was made of MESSAGE."""
    return FirstReading(**parts)


def write(
    folder: Path,
    tree: Tree,
    cases: Sequence[WalkCase],
    attempts: Sequence[Attempt],
    /,
    **changed: Any,
) -> Path:
    """A study's folder; the first arm is the baseline."""
    arms = dict.fromkeys(one.arm for one in attempts)
    plain: dict[str, Any] = {
        "title": "Estudio de prueba",
        "language": "es",
        "baseline": next(iter(arms), "menu"),
        "arms": [ArmEntry(name=arm, configuration={"system": arm}) for arm in arms],
        "max_questions": 3,
        "repeats": max((one.repeat for one in attempts), default=0) + 1,
        "seed": 1,
        "mother": {"kind": "rules"},
        "cases": [CaseFile(path="walks.jsonl", checksum="0" * 12, cases=len(cases))],
        "tree": tree.version,
        "versions": {"nodriza": "0.1.0"},
        "commands": ["nodriza study run prueba.yaml"],
    }
    write_study(folder, Manifest(**plain | changed), cases, tree)
    lines = [
        f'{{"id":"{attempt_id(one.arm, one.case, one.repeat)}",{one.model_dump_json()[1:]}\n'
        for one in attempts
    ]
    (folder / ATTEMPTS).write_text("".join(lines), "utf-8")
    return folder
