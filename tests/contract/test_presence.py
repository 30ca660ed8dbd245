"""Who works on turns is known to be there while the process lives, and not a moment longer."""

import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

import pytest

from records.store import Records
from tests.postgres import PostgresServer


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    return postgres_server.database()


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    with closing(Records.open(url)) as opened:
        yield opened


def be_there(url: str, owner: str, pipe: Connection) -> None:
    """The child: there until it is killed."""
    Records.open(url).presence.announce(owner)
    pipe.send("there")
    time.sleep(60)


def wait_until_gone(records: Records, owner: str) -> None:
    """The server notices a moment later that a connection was closed."""
    until = time.monotonic() + 10
    while not records.presence.is_gone(owner):
        assert time.monotonic() < until, f"{owner} still counts as there after 10 s"
        time.sleep(0.02)


@pytest.mark.postgres
def test_a_killed_process_is_gone_at_once(
    url: str, records: Records, processes: ForkServerContext
) -> None:
    near, far = processes.Pipe(duplex=False)
    child = processes.Process(target=be_there, args=(url, "other:1:x", far), daemon=True)
    child.start()
    try:
        assert near.recv() == "there"
        assert records.presence.is_gone("other:1:x") is False
    finally:
        child.kill()
        child.join(20)
    wait_until_gone(records, "other:1:x")


@pytest.mark.postgres
def test_a_lost_connection_is_made_good_at_the_next_turn(
    url: str, records: Records, postgres_server: PostgresServer
) -> None:
    with closing(Records.open(url)) as other:
        other.presence.announce("other:1:x")
        other.presence.announce("other:1:x")
        assert records.presence.is_gone("other:1:x") is False
        postgres_server.disconnect_all()
        assert records.presence.is_gone("other:1:x") is True
        other.presence.announce("other:1:x")
        assert records.presence.is_gone("other:1:x") is False
    wait_until_gone(records, "other:1:x")


def test_sqlite_cannot_tell(tmp_path: object) -> None:
    with closing(Records.open(f"sqlite:///{tmp_path}/records.db")) as records:
        records.presence.announce("one:1:x")
        assert records.presence.is_gone("one:1:x") is None
