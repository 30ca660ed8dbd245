"""What the pages for judging have around them."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from ui.experts.frame import page


def framed(
    request: Request,
    texts: Texts,
    heading: str,
    *parts: str,
    style: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page of some parts, which are HTML."""
    return page(request, heading, "".join(parts), texts, style=style, status=status)
