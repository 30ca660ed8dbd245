"""Who is on the page: a browser's secret, and the conversation that belongs to it."""

import hashlib
from collections.abc import Mapping

COOKIE = "nodriza"
"""Holds the browser's secret; the conversation's name is derived from it."""


def thread_of(cookies: Mapping[str, str]) -> str | None:
    """The conversation of a browser; None without a cookie. The record never holds the secret."""
    secret = cookies.get(COOKIE)
    return hashlib.sha256(secret.encode()).hexdigest()[:32] if secret else None
