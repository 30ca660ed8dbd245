"""Where her words lead together with what she said before: she tells it in pieces."""

from agent.decide import UNCLEAR
from tools.locate import Location, Locator


def locate_together(
    words: str, earlier: str, locator: Locator, *, noted: bool
) -> tuple[str, Location]:
    """What is looked for, and where it leads.

    `earlier` is what she said while she was still choosing where she belongs; it is left out
    where the new words are clear by themselves, unless they hold no more than a fact (`noted`).
    """
    alone = locator.locate(words)
    if not earlier or not (noted or alone.unclear > UNCLEAR):
        return words, alone
    joined = f"{earlier}. {words}"
    together = locator.locate(joined)
    if noted or _lost(together) < _lost(alone):
        return joined, together
    return words, alone


def _lost(location: Location) -> float:
    return location.unclear + location.none_of_these
