"""Sources of evidence about which option her words mean, one file each.

Each gives log-odds by option id, or nothing when it has nothing to say.
"""

from typing import Protocol

from tools.tree import Question


class EvidenceSource(Protocol):
    """Weighs the options of a question against her words."""

    name: str

    def weigh(self, question: Question, text: str) -> dict[str, float]:
        """Log-odds by option id; empty when this source is silent."""
        ...
