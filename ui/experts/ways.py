"""The paths of the experts' pages."""

from urllib.parse import quote

HOME = "/expertas/"
"""The list of conversations."""
CONVERSATION = "/expertas/conversacion"
"""One of them; `?c=` in its address has its id, `#t2-5` the sixth event of its second turn."""
INBOX = "/expertas/bandeja"
DESK = "/expertas/consulta"
"""The page where a hand-off is answered with help; `?bandeja=` in its address has the number."""
REVIEW = "/expertas/revisar"
AGREEMENT = "/expertas/acuerdo"
LEARNT = "/expertas/aprendido"
ACCOUNTS = "/expertas/cuentas"
AUDIT = "/expertas/registro"
REPLAY = "/expertas/repetir"
WHAT_IF = "/expertas/y-si"
SIGN_IN = "/expertas/entrar"
SIGN_OUT = "/expertas/salir"
MY_ACCOUNT = "/expertas/mi-cuenta"
REVEAL = "/expertas/mostrar"
EXPORT = "/expertas/exportar"
ERASE = "/expertas/borrar"
JUDGE = "/expertas/juzgar"
SIGN = "/expertas/firmar"


def address(path: str, thread: str) -> str:
    """The page of a conversation."""
    return f"{path}?c={quote(thread, safe='')}"


def step_id(turn: int, seq: int) -> str:
    """What a step is called within its conversation's page."""
    return f"t{turn}-{seq}"
