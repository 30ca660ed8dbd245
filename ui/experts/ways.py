"""The paths of the experts' pages."""

from urllib.parse import quote

REPLAY = "/expertas/repetir"
WHAT_IF = "/expertas/y-si"
HOME = "/expertas/"
SIGN_IN = "/expertas/entrar"
SIGN_OUT = "/expertas/salir"
MY_ACCOUNT = "/expertas/mi-cuenta"
ACCOUNTS = "/expertas/cuentas"
AUDIT = "/expertas/registro"
REVEAL = "/expertas/mostrar"
EXPORT = "/expertas/exportar"
ERASE = "/expertas/borrar"


def address(path: str, thread: str) -> str:
    """The page of a conversation."""
    return f"{path}?c={quote(thread, safe='')}"
