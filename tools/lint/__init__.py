"""Lint: what a valid tree can still get wrong. Validation itself is in tools/tree.py.

One module for each family of rules; `docs/tree-lint.md` lists them all.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from tools.formats.yaml_folder import Location
from tools.lint import conditions, examples, figures, options, outdated, paths, sources, texts
from tools.lint.finding import Finding, Rule, Severity, Subject
from tools.lint.outdated import OutdatedAdvice
from tools.tree import Tree, Urgency

__all__ = ["RULES", "Finding", "Rule", "Severity", "lint"]

RULES: tuple[Rule, ...] = (
    paths.unreachable,
    paths.no_way_out,
    paths.cycle_without_exit,
    paths.draft_reached,
    paths.red_flags_not_considered,
    paths.unknown_red_flag,
    paths.missing_red_flag_edge,
    conditions.condition_gap,
    conditions.condition_never,
    figures.unit_or_range,
    options.options_overlap,
    options.options_miss_a_case,
    options.unconfirmed_option,
    examples.same_example_twice,
    examples.near_duplicate_examples,
    examples.entry_without_examples,
    examples.few_examples,
    sources.unsourced,
    sources.unsourced_figure,
    sources.unread_source_only,
    sources.stale_source,
    sources.dead_source,
    sources.unused_source,
    texts.missing_part,
    texts.too_long,
    texts.hard_to_read,
    texts.wrong_language,
    texts.review_outdated,
    outdated.outdated_advice,
)


def lint(
    tree: Tree,
    signs: Mapping[str, Urgency] | None = None,
    *,
    today: date | None = None,
    outdated_advice: OutdatedAdvice | None = None,
    dead: Mapping[str, int | str] | None = None,
    place_of: Callable[[Location], str | None] = lambda _location: None,
    only: Collection[str] | None = None,
) -> list[Finding]:
    """Every finding, errors first, then in the order of the files.

    `signs` has the level of each sign of the red-flag catalogue (None: not compared); `today` is
    what sources' dates are compared with (None: this day); `outdated_advice` is the list of what
    is not advised any more (None: not compared); `dead` says by source which HTTP status it
    answers, or why it could not be fetched; `place_of` says where in the files something stands;
    `only` names the rules to apply (None: all).
    """
    subject = Subject(tree, today or date.today(), signs, outdated_advice, dead or {})
    found = [
        (issue.at, rule, issue)
        for rule in RULES
        if only is None or rule.id in only
        for issue in rule.check(subject)
    ]
    found.sort(key=lambda item: item[0])
    findings = [
        Finding(
            rule.id,
            rule.severity,
            place_of(issue.at),
            issue.about,
            rule.phrase(issue.key),
            tuple(issue.values.items()),
        )
        for _, rule, issue in found
    ]
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[str, str, int]:
    file, line = "", 0
    if finding.place and (parts := re.fullmatch(r"(.*):(\d+)", finding.place)):
        file, line = parts[1], int(parts[2])
    return finding.severity, file, line
