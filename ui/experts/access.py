"""Who may read conversations: one shared name and password, over HTTP Basic.

With an empty password the panel is not mounted at all: there is no such thing as an open panel.

The limit on attempts counts by client address. Behind a reverse proxy start the server with
uvicorn's --forwarded-allow-ips, or every visitor shares the proxy's address and its limit.
"""

import base64
import binascii
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Network
from pathlib import Path
from typing import Any

from fastapi import Depends, HTTPException, Request
from pydantic import SecretStr

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Nodriza", charset="UTF-8"'}
_HERE = Path(__file__).parent


def mount_options(auth: Callable[[Request], str]) -> dict[str, Any]:
    """What gr.mount_gradio_app must be given, so that nothing of the page is open.

    Gradio asks `auth_dependency` on most routes only; as a dependency of the whole app it covers
    the rest (assets, theme, cancel, start-up events, …).
    """
    closed: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    return {
        "auth_dependency": auth,
        "app_kwargs": {**closed, "dependencies": [Depends(auth)]},
        "css_paths": [_HERE / "experts.css"],
        "head_paths": [_HERE / "head.html"],
        "footer_links": [],
        "run_history": False,
        "show_error": False,
    }


def experts_auth(
    user: str,
    password: SecretStr,
    *,
    failures: int = 10,
    within: float = 300.0,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[Request], str]:
    """A dependency that returns the user's name or raises 401, and 429 after many failures.

    Raises ValueError for an empty password, and for a name that Basic cannot carry.
    """
    if not password.get_secret_value():
        raise ValueError("the experts' panel needs a password; without one don't mount it")
    if not user or ":" in user:
        raise ValueError(f"{user!r} cannot be a user name: it is empty or has a colon")
    expected = f"{user}:{password.get_secret_value()}".encode()
    limit = _Attempts(failures, within, clock)

    def authenticate(request: Request) -> str:
        address = _address(request)
        if wait := limit.wait(address):
            raise HTTPException(429, headers={"Retry-After": str(int(wait) + 1)})
        header = request.headers.get("Authorization")
        if header is None:  # a browser always asks once without credentials: no failure
            raise HTTPException(401, headers=CHALLENGE)
        if not secrets.compare_digest(_credentials(header), expected):
            limit.failed(address)
            raise HTTPException(401, headers=CHALLENGE)
        return user

    return authenticate


def _credentials(header: str) -> bytes:
    """The "name:password" of a Basic header; empty, which is never right, for anything else."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _address(request: Request) -> str:
    """Who is trying. One IPv6 customer owns a whole /64 and could change address at each try."""
    host = request.client.host if request.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(IPv6Network(f"{host.partition('%')[0]}/64", strict=False))
    except ValueError:
        return host


class _Attempts:
    """Failures of the last minutes by address, for a bounded number of addresses.

    A right password does not clear them: from behind the same address somebody who is logged in
    would give somebody who guesses a fresh start with every click.
    """

    ADDRESSES = 1_000

    def __init__(self, failures: int, within: float, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._within = within
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()  # the dependency runs in the loop and in worker threads

    def wait(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        with self._lock:
            times = self._times.get(address)
            if times is None or len(times) < self._failures:
                return 0.0
            return max(0.0, times[0] + self._within - self._clock())

    def failed(self, address: str) -> None:
        """Notes one failure."""
        with self._lock:
            times = self._times.setdefault(address, deque(maxlen=self._failures))
            times.append(self._clock())
            self._times.move_to_end(address)
            if len(self._times) > self.ADDRESSES:
                self._times.popitem(last=False)
