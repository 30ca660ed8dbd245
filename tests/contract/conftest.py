"""The databases that the same contract is tested on."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from records.store import Records
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def records_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/records.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.database()


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    opened = Records.open(records_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Starts processes that know nothing of this one, and imports what they need only once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.contract.test_records", "tests.contract.test_checkpoints"]
    )
    return context
