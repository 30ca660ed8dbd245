"""How often a mother is asked the same before she gives up."""

_LONGEST = 3
"""Times in a row."""
OVER = ("answer", "danger", "notice")
"""Kinds of replies that ask nothing."""


class Patience:
    """One mother's in one conversation."""

    def __init__(self) -> None:
        self._before: str | None = None
        """The node of the last reply."""
        self._first = True
        self._in_a_row = 0

    @property
    def is_over(self) -> bool:
        """Whether she gives up."""
        return self._in_a_row >= _LONGEST

    def sees(self, kind: str, node: str | None, *, moved: bool) -> bool:
        """Note a reply; whether it puts the question at hand again.

        Looking at another page of a list is no repetition.
        """
        same = not self._first and not moved and self._before == node
        repeated = same and kind not in (*OVER, "offer")
        self._first, self._before = False, node
        if kind not in OVER:
            self._in_a_row = self._in_a_row + 1 if repeated else 0
        return repeated
