"""The paths of the experts' pages."""

from urllib.parse import quote

REPLAY = "/expertas/repetir"
WHAT_IF = "/expertas/y-si"
CONVERSATION = "/expertas/conversacion"
JUDGE = "/expertas/juzgar"
REVIEW = "/expertas/revisar"
AGREEMENT = "/expertas/acuerdo"
SIGN = "/expertas/firmar"


def address(path: str, thread: str) -> str:
    """The page of a conversation."""
    return f"{path}?c={quote(thread, safe='')}"
