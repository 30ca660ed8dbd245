"""How far a model's choices are to be trusted: what was measured, and nothing where nothing was.

A measurement holds for one combination of tree version, encoder, model and prompts. It is a share
of right choices on cases with labels; what counts in a decision is the log-odds of its cautious end
(the lower bound of the 95 % Wilson interval), never less than nothing.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.errors import SettingsError

_Z = 1.96


@dataclass(frozen=True)
class Measured:
    """Right choices among all that the model made."""

    right: int
    made: int

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


@dataclass(frozen=True)
class Trust:
    """What was measured of a model's choices; None where nothing was."""

    places: Measured | None = None
    """Entry points for first messages."""
    options: Measured | None = None
    """Options for replies."""


def trust_key(tree: str, encoder: str, model: str, prompts: str) -> str:
    """What a measurement holds for."""
    return f"{tree} | {encoder} | {model} | {prompts}"


def read_trust(path: Path, key: str) -> Trust:
    """What `path` has for `key`; nothing measured where it has nothing.

    Raises SettingsError when the file is not what `write_trust` wrote.
    """
    if not path.is_file():
        return Trust()
    try:
        found = json.loads(path.read_text("utf-8")).get(key, {})
        return Trust(**{name: Measured(**counts) for name, counts in found.items() if counts})
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingsError(f"{str(path)!r} is no record of measured models: {error}") from error


def write_trust(path: Path, key: str, trust: Trust) -> None:
    """Keep a measurement beside those of other models."""
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    known[key] = asdict(trust)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(known, indent=2, sort_keys=True), "utf-8")
    unfinished.replace(path)
