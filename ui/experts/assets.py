"""Style sheet and scripts of the experts' pages, as files that browsers keep.

They hold nothing of anybody, so that the page to log in has them too.
"""

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from tools.formats.html_picture import PAN_ZOOM

_HERE = Path(__file__).parent
_TALKS = _HERE / "conversations"
_PATH = "/expertas/assets/"


def _read(*files: Path) -> str:
    return "\n".join(file.read_text("utf-8") for file in files)


def _address(name: str, text: str) -> str:
    """With a digest of the content: another version of a file has another address."""
    stem, _, kind = name.partition(".")
    return f"{_PATH}{stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.{kind}"


_SHEET = _read(_HERE.parent / "static" / "hers.css", _HERE / "experts.css")
_CONVERSATION = PAN_ZOOM + _read(
    *(_TALKS / name for name in ("way_map.js", "panes.js", "conversation.js"))
)
_DESK = _read(_HERE / "desk" / "desk.js")
SHEET = _address("experts.css", _SHEET)
CONVERSATION_SCRIPT = _address("conversation.js", _CONVERSATION)
DESK_SCRIPT = _address("desk.js", _DESK)
_FILES = {
    SHEET: ("text/css", _SHEET),
    CONVERSATION_SCRIPT: ("text/javascript", _CONVERSATION),
    DESK_SCRIPT: ("text/javascript", _DESK),
}


def assets() -> APIRouter:
    """The files; open to everybody."""
    router = APIRouter(include_in_schema=False)

    @router.get(_PATH + "{name}")
    def file(name: str) -> Response:
        if (found := _FILES.get(_PATH + name)) is None:
            raise HTTPException(404)
        kind, text = found
        return Response(text, media_type=kind)

    return router
