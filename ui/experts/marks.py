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
    """The mark of who asks; a new one for who has none yet."""
    return request.cookies.get(_COOKIE) or secrets.token_urlsafe(32)


def mark_field(mark: str) -> str:
    """The field for a form."""
    return hidden(FIELD, mark)


def require_mark(request: Request, given: str) -> None:
    """Raise 403 unless the form that was sent is one of ours."""
    expected = request.cookies.get(_COOKIE, "")
    if not (expected and secrets.compare_digest(given.encode(), expected.encode())):
        raise HTTPException(403)


def keep_mark(response: Response, request: Request, mark: str) -> None:
    """Give the mark to the browser along with the page."""
    secure = request.url.scheme == "https"
    response.set_cookie(_COOKIE, mark, path=_PATH, httponly=True, samesite="strict", secure=secure)
