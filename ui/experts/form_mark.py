"""What tells a form of ours from one of another site, which the panel's password goes along with.

Each form carries what a cookie of its own holds; another site can neither read nor set that.
"""

import secrets
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse


@dataclass(frozen=True)
class FormMark:
    """The mark of the forms at one path."""

    cookie: str
    path: str

    def of(self, request: Request) -> str:
        """What the forms of an answer are to carry."""
        return request.cookies.get(self.cookie) or secrets.token_urlsafe(32)

    def insist(self, request: Request, mark: str) -> None:
        """Raises HTTPException, 403, when a form carries another one."""
        expected = request.cookies.get(self.cookie, "")
        if not (expected and secrets.compare_digest(mark.encode(), expected.encode())):
            raise HTTPException(403)

    def put(self, page: HTMLResponse, request: Request, mark: str) -> None:
        """Have the browser keep it."""
        secure = request.url.scheme == "https"
        page.set_cookie(
            self.cookie, mark, path=self.path, httponly=True, samesite="strict", secure=secure
        )
