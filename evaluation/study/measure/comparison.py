"""Arms against arms: within a study, and between two studies of the same cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.cases import CasesError
from evaluation.study.manifest import ArmEntry, Manifest, Study
from evaluation.study.measure.figures import Figure, figures
from evaluation.study.measure.judged import Judged, judge
from evaluation.study.measure.metrics import ArmFigures, Talks, measure, score, totals
from evaluation.study.measure.scores import Part, Scored
from evaluation.study.measure.significance import Comparison, adjusted, compare_cases


@dataclass(frozen=True)
class Measured:
    """A study with all that was measured of it."""

    study: Study
    figures: tuple[Figure, ...]
    arms: tuple[ArmFigures, ...]
    """In the manifest's order; one of which nothing was run has no conversation."""
    comparisons: tuple[Comparison, ...]
    """Of every arm but the baseline with its reference."""

    @property
    def baseline(self) -> ArmFigures:
        """The arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.arm == self.study.manifest.baseline)


def measure_study(study: Study) -> Measured:
    """All figures of all arms, and their comparisons with the baseline; an ablation's are with the
    system that it is taken from."""
    manifest = study.manifest
    shown = figures(manifest.max_questions)
    by_arm = talks_by_arm(study)
    arms = tuple(
        measure(
            arm.name,
            by_arm[arm.name],
            [a.error or "" for a in study.attempts if a.arm == arm.name and a.outcome == "failed"],
            shown,
            manifest.repeats,
            manifest.seed,
        )
        for arm in manifest.arms
    )
    pairs = [(reference(manifest, arm), arm.name) for arm in manifest.arms]
    found = [
        one
        for base, other in pairs
        if other != manifest.baseline
        for one in compared(shown, (base, other), by_arm[base], by_arm[other], manifest.seed)
    ]
    return Measured(study, shown, arms, adjusted(found))


def reference(manifest: Manifest, arm: ArmEntry) -> str:
    """The arm that an arm is compared with.

    What is taken from a system, or put into it, shows against that system; anything else, and an
    ablation whose whole system is not in the study, is compared with the baseline.
    """
    if "ablation" in arm.configuration:
        whole = _without(arm.configuration, "ablation")
        # A model that only rewords what a system without one says is part of the ablation.
        for wanted in (whole, _without(whole, "model")):
            for other in manifest.arms:
                if other.configuration == wanted:
                    return other.name
    return manifest.baseline


def _without(configuration: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name != key}


def talks_by_arm(study: Study) -> dict[str, list[Judged]]:
    """The conversations that did not fail, for every arm of the manifest."""
    found: dict[str, list[Judged]] = {arm.name: [] for arm in study.manifest.arms}
    for talk in judge(study.tree, study.cases, study.attempts):
        found[talk.attempt.arm].append(talk)
    return found


def compared(
    shown: Sequence[Figure], arms: tuple[str, str], baseline: Talks, other: Talks, seed: int
) -> list[Comparison]:
    """Two arms in every figure that arms are compared in and that both have; not yet adjusted."""
    found = []
    for figure in shown:
        if not figure.is_compared:
            continue
        scored = [score(figure, talks, seed) for talks in (baseline, other)]
        if not all(isinstance(one, Scored) for one in scored):
            continue
        before, after = (_by_case(figure, talks) for talks in (baseline, other))
        one = compare_cases(
            figure.key,
            arms,
            {case: part.above / part.below for case, part in before.items()},
            {case: part.above / part.below for case, part in after.items()},
            is_binary=figure.unit == "share" and _is_single(before) and _is_single(after),
            seed=seed,
        )
        if one:
            found.append(one)
    return found


def _by_case(figure: Figure, talks: Talks) -> dict[str, Part]:
    taken = [(talk.case.id, figure.of(talk)) for talk in talks]
    parts = totals([(case, part) for case, part in taken if isinstance(part, Part)])
    return {case: part for case, part in parts.items() if part.below}


def _is_single(cases: Mapping[str, Part]) -> bool:
    """Whether each case has one attempt, which is a yes or a no."""
    return all(part.below == 1 and part.above in (0, 1) for part in cases.values())


@dataclass(frozen=True)
class TwoStudies:
    """Two studies, compared on the cases that both have."""

    common: int
    """Cases."""
    of: tuple[int, int]
    """Cases of the first and of the second."""
    figures: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...]
    """The first study's arm is the baseline of each."""


def compare_studies(first: Study, second: Study) -> TwoStudies:
    """Each arm of the second with the first's of the same name, else with the first's baseline.

    Raises CasesError when the tree differs, when a case is not what it was, or when no case is in
    both; with some cases in both, these are compared.
    """
    common = _common_cases(first, second)
    most = second.manifest.max_questions
    if first.manifest.max_questions != most:
        raise CasesError(
            f"max_questions: {first.manifest.max_questions} in {str(first.folder)!r}, {most} in"
            f" {str(second.folder)!r}: a viable conversation is not the same in both"
        )
    before, after = (
        {
            arm: [talk for talk in talks if talk.case.id in common]
            for arm, talks in talks_by_arm(study).items()
        }
        for study in (first, second)
    )
    shown, found = figures(most), []
    for arm, talks in after.items():
        base = arm if arm in before else first.manifest.baseline
        found += compared(shown, (base, arm), before[base], talks, second.manifest.seed)
    return TwoStudies(len(common), (len(first.cases), len(second.cases)), shown, adjusted(found))


def _common_cases(first: Study, second: Study) -> frozenset[str]:
    where = f"{str(first.folder)!r} and {str(second.folder)!r}"
    if first.tree.version != second.tree.version:
        raise CasesError(
            f"{where} cannot be compared: their trees are {first.tree.version} and"
            f" {second.tree.version}; valid: studies of the same tree"
        )
    common = frozenset(first.cases.keys() & second.cases.keys())
    changed = sorted(case for case in common if first.cases[case] != second.cases[case])
    if changed:
        raise CasesError(
            f"{where} cannot be compared: these cases are not the same in both; valid: equal ones",
            tuple(changed),
        )
    if not common:
        raise CasesError(f"{where} cannot be compared: no case is in both")
    return common
