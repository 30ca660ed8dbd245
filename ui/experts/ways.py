"""The paths of the experts' pages at which a conversation is run again."""

from urllib.parse import quote

REPLAY = "/expertas/repetir"
WHAT_IF = "/expertas/y-si"


def address(path: str, thread: str) -> str:
    """The page of a conversation."""
    return f"{path}?c={quote(thread, safe='')}"
