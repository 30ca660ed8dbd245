"""What the lint finds in a tree, with everything it can be held against, and its words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.danger.redflags import read_catalogue
from agent.settings import Settings
from agent.texts import Texts
from tools.formats.yaml_folder import Location
from tools.lint import Finding, lint
from tools.lint.outdated import read_outdated
from tools.tree import Tree

_WORDED = {
    "field": "field",
    "unit": "unit",
    "urgency": "urgency",
    "language": "language",
    "expected": "language",
}
"""Values that have words of their own, and where under `check` these stand."""


@dataclass(frozen=True)
class Words:
    """A finding as an editor reads it."""

    what: str
    """What is wrong, with the value."""
    why: str
    """Why it matters."""
    mend: str
    """How to mend it."""


def findings_of(
    tree: Tree,
    settings: Settings,
    *,
    today: date | None = None,
    dead: Mapping[str, int | str] | None = None,
    place_of: Callable[[Location], str | None] = lambda _location: None,
    only: Collection[str] | None = None,
) -> list[Finding]:
    """Every finding, held against the red flags and the outdated advice of the trees' folder.

    The arguments after `settings` are those of tools.lint.lint. Raises TreeError where one of the
    two lists is not valid.
    """
    catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
    return lint(
        tree,
        {sign.id: sign.level for sign in catalogue.signs},
        today=today,
        outdated_advice=read_outdated(settings.trees_folder / "outdated_advice.yaml"),
        dead=dead,
        place_of=place_of,
        only=only,
    )


def words_of(finding: Finding, texts: Texts) -> Words:
    """A finding in the language of `texts`. Raises KeyError when the catalogue lacks a phrase."""
    values = {name: _worded(name, value, texts) for name, value in finding.values}
    rule, _, kind = finding.key.rpartition(".what")
    own = f"{rule}.mend{kind}"
    known = texts.keys()
    mend = own if own in known else f"{rule}.mend"
    return Words(
        texts(finding.key, **values), texts(f"{rule}.why", **values), texts(mend, **values)
    )


def for_programs(finding: Finding, texts: Texts) -> dict[str, Any]:
    """A finding as plain data, with its key and values and in words."""
    words = words_of(finding, texts)
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "place": finding.place,
        "about": finding.about,
        "key": finding.key,
        "values": dict(finding.values),
        "what": words.what,
        "why": words.why,
        "mend": words.mend,
    }


def _worded(name: str, value: str, texts: Texts) -> str:
    return texts(f"check.{_WORDED[name]}.{value}") if name in _WORDED else value
