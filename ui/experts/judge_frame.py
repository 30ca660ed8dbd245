"""What the pages for judging have around them."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from ui.experts.inbox import DESK, INBOX
from ui.experts.marks import keep_mark
from ui.experts.ways import AGREEMENT, REVIEW, SIGN
from ui.hers.document import KEPT_BY_NOBODY, closing, link, opening

_STYLE = "nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 1rem; }"


def framed(
    request: Request,
    texts: Texts,
    heading: str,
    *parts: str,
    style: str = "",
    script: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page of some parts, which are HTML; it carries the mark of its forms."""
    html = "".join(
        [opening(texts, heading, f"{_STYLE}{style}"), _ways(texts), *parts, closing(script)]
    )
    response = HTMLResponse(html, status, headers=KEPT_BY_NOBODY)
    keep_mark(response, request)
    return response


def _ways(texts: Texts) -> str:
    ways = (
        ("/expertas/", "experts.heading"),
        (REVIEW, "experts.review.heading"),
        (AGREEMENT, "experts.agreement.heading"),
        (SIGN, "experts.sign.heading"),
        (DESK, "experts.desk.heading"),
        (INBOX, "experts.inbox.heading"),
    )
    return f"<nav>{''.join(link(path, texts(key)) for path, key in ways)}</nav>"
