"""How far a model's choices are to be trusted: what was measured, and nothing where nothing was.

A measurement holds for one combination of tree version, encoder, model and prompts. It is a share
of right choices on cases with labels (`nodriza bench trust`); what counts in a decision is the
log-odds of its cautious end (the lower bound of the 95 % Wilson interval), never less than nothing.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.errors import SettingsError

_Z = 1.96
_SURE_OF_FACTS = math.log(0.9 / 0.1)
"""A wrong age leads to wrong advice without a question being asked."""


@dataclass(frozen=True)
class Measured:
    """Right choices among all that the model made."""

    right: int
    made: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.made:
            raise ValueError(f"{self.right} right of {self.made}")

    @property
    def log_odds(self) -> float:
        """What one choice adds to a posterior."""
        if not self.made:
            return 0.0
        share, size = self.right / self.made, self.made
        centre = share + _Z**2 / (2 * size)
        spread = _Z * math.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
        lower = (centre - spread) / (1 + _Z**2 / size)
        return max(0.0, math.log(lower / (1 - lower))) if lower > 0 else 0.0


def log_odds_of(measured: Measured | None) -> float:
    """What one choice adds to a posterior: nothing where nothing was measured."""
    return measured.log_odds if measured else 0.0


@dataclass(frozen=True)
class Trust:
    """What was measured of a model's choices; None where nothing was."""

    places: Measured | None = None
    """Topics of the entry points chosen for first messages."""
    options: Measured | None = None
    """Options for replies."""
    facts: Measured | None = None
    """Facts read from messages."""

    @property
    def notes_facts(self) -> bool:
        """Whether the facts that it reads are taken as said."""
        return self.facts is not None and self.facts.log_odds >= _SURE_OF_FACTS


def trust_key(tree: str, encoder: str, model: str, prompts: str) -> str:
    """What a measurement holds for."""
    return f"{tree} | {encoder} | {model} | {prompts}"


def read_trust(path: Path, key: str) -> Trust:
    """What `path` has for `key`; nothing measured where it has nothing.

    Raises SettingsError when the file is not what `write_trust` wrote.
    """
    try:
        found = _read(path).get(key, {})
        return Trust(**{name: Measured(**counts) for name, counts in found.items() if counts})
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingsError(f"{str(path)!r} is no record of measured models: {error}") from error


def write_trust(path: Path, key: str, trust: Trust) -> None:
    """Keep a measurement beside those of other models. Raises SettingsError as `read_trust`."""
    read_trust(path, key)
    known = _read(path) | {key: asdict(trust)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(known, indent=2, sort_keys=True), "utf-8")
    unfinished.replace(path)


def _read(path: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return known
