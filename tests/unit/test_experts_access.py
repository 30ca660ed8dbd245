"""Who gets into the experts' panel."""

import base64

import pytest
from fastapi import HTTPException, Request
from pydantic import SecretStr

from ui.experts.access import experts_auth

RIGHT = "expertas:contraseña: larga"


class Clock:
    """Time that only moves when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _request(authorization: str | None, client: str | None = "192.0.2.1") -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    address = None if client is None else (client, 1234)
    return Request({"type": "http", "headers": headers, "client": address})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(clock: Clock) -> "Auth":
    return Auth(clock)


class Auth:
    """The dependency, and what it answers: the user's name or a status."""

    def __init__(self, clock: Clock) -> None:
        password = SecretStr("contraseña: larga")
        self._auth = experts_auth("expertas", password, failures=3, within=60.0, clock=clock)

    def __call__(self, authorization: str | None, client: str | None = "192.0.2.1") -> str | int:
        try:
            return self._auth(_request(authorization, client))
        except HTTPException as error:
            self.headers = error.headers or {}
            return error.status_code


def test_the_right_password_gives_the_name(auth: Auth) -> None:
    assert auth(_basic(RIGHT)) == "expertas"
    assert auth(_basic(RIGHT).replace("Basic", "basic")) == "expertas"


def test_without_credentials_the_browser_is_asked_and_nothing_is_counted(auth: Auth) -> None:
    for _ in range(20):
        assert auth(None) == 401
    assert auth.headers == {"WWW-Authenticate": 'Basic realm="Nodriza", charset="UTF-8"'}
    assert auth(_basic(RIGHT)) == "expertas"


@pytest.mark.parametrize(
    "authorization",
    [
        _basic("expertas:otra"),
        _basic("expertas:"),
        _basic("otra:contraseña: larga"),
        _basic("expertas"),
        _basic(RIGHT + " "),
        "Basic",
        "Basic \xff",
        "Basic ==",
        "Basic " + "A" * 5,
        "Bearer abc",
        "",
    ],
)
def test_anything_else_is_refused(auth: Auth, authorization: str) -> None:
    assert auth(authorization) == 401


def test_many_failures_close_the_door_for_a_while(auth: Auth, clock: Clock) -> None:
    for _ in range(3):
        assert auth(_basic("expertas:otra")) == 401
        clock.now += 1
    assert auth(_basic(RIGHT)) == 429
    assert auth.headers == {"Retry-After": "58"}
    assert auth(None) == 429
    assert auth(_basic(RIGHT), client="192.0.2.2") == "expertas"
    clock.now = 60.5
    assert auth(_basic(RIGHT)) == "expertas"
    assert auth(_basic("expertas:otra")) == 401
    assert auth(_basic(RIGHT)) == 429, "the failures of the last minute still count"


def test_failures_far_apart_are_forgiven(auth: Auth, clock: Clock) -> None:
    for _ in range(10):
        assert auth(_basic("expertas:otra")) == 401
        clock.now += 31
    assert auth(_basic(RIGHT)) == "expertas"


def test_success_does_not_give_a_guesser_a_fresh_start(auth: Auth) -> None:
    for _ in range(3):
        assert auth(_basic("expertas:otra")) == 401
        auth(_basic(RIGHT))
    assert auth(_basic(RIGHT)) == 429


def test_one_ipv6_network_is_one_visitor(auth: Auth) -> None:
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"):
        assert auth(_basic("expertas:otra"), client=host) == 401
    assert auth(_basic(RIGHT), client="2001:db8::4") == 429
    assert auth(_basic(RIGHT), client="2001:db8:0:1::4") == "expertas"


@pytest.mark.parametrize("client", [None, "testclient", "fe80::1%eth0", "::no address"])
def test_odd_addresses_are_counted_too(auth: Auth, client: str | None) -> None:
    for _ in range(3):
        assert auth(_basic("expertas:otra"), client=client) == 401
    assert auth(_basic(RIGHT), client=client) == 429


def test_the_memory_of_failures_is_bounded(auth: Auth) -> None:
    for _ in range(3):
        auth(_basic("expertas:otra"), client="192.0.2.9")
    for number in range(1_000):
        auth(_basic("expertas:otra"), client=f"10.0.{number // 256}.{number % 256}")
    assert auth(_basic(RIGHT), client="192.0.2.9") == "expertas", "the oldest was forgotten"


@pytest.mark.parametrize(("user", "password"), [("expertas", ""), ("", "x"), ("a:b", "x")])
def test_a_panel_without_a_lock_is_never_built(user: str, password: str) -> None:
    with pytest.raises(ValueError, match=r"password|user name"):
        experts_auth(user, SecretStr(password))
