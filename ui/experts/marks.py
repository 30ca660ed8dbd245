"""A mark that each form of the experts' plain pages carries, and a cookie of its own too.

Browsers send the panel's password along with forms of other sites; those cannot know the mark.
"""

import secrets

from fastapi import HTTPException, Request, Response

from ui.hers.document import hidden

FIELD = "mark"
"""The form's field."""
_COOKIE = "nodriza_marca"
_PATH = "/expertas"


def mark_of(request: Request) -> str:
    """The mark of who asks; for who has none yet a new one, the same throughout the request."""
    known = request.cookies.get(_COOKIE)
    if not known:
        if not hasattr(request.state, "mark"):
            request.state.mark = secrets.token_urlsafe(32)
        known = str(request.state.mark)
    return known


def mark_field(request: Request) -> str:
    """The field for a form."""
    return hidden(FIELD, mark_of(request))


def require_mark(request: Request, given: str) -> None:
    """Raise 403 unless the form that was sent is one of ours."""
    expected = request.cookies.get(_COOKIE, "")
    if not (expected and secrets.compare_digest(given.encode(), expected.encode())):
        raise HTTPException(403)


def keep_mark(response: Response, request: Request) -> None:
    """Give the mark to the browser along with the page."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        _COOKIE, mark_of(request), path=_PATH, httponly=True, samesite="strict", secure=secure
    )
