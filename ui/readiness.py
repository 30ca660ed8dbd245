"""Whether the application can answer: each part that it needs is asked."""

from collections.abc import Callable, Mapping

from fastapi.responses import JSONResponse

from agent.turns import log_error
from records.store import RecordError
from tools.errors import NodrizaError


def ready(parts: Mapping[str, Callable[[], object]]) -> JSONResponse:
    """200 when no part raises, else 503; either with "ok" or "unavailable" by part.

    A language model is no part: without it she is answered all the same.
    """
    found = {name: _ask(name, part) for name, part in parts.items()}
    return JSONResponse(found, 200 if set(found.values()) <= {"ok"} else 503)


def _ask(name: str, part: Callable[[], object]) -> str:
    try:
        part()
    except (NodrizaError, RecordError) as error:
        log_error(f"not ready: the {name}", error)
        return "unavailable"
    return "ok"
