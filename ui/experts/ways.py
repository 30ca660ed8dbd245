"""The paths of experts' pages."""

from urllib.parse import quote

REPLAY = "/expertas/repetir"
WHAT_IF = "/expertas/y-si"
LEARNT = "/expertas/aprendido"


def address(path: str, thread: str) -> str:
    """The page of a conversation."""
    return f"{path}?c={quote(thread, safe='')}"
