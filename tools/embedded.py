"""The embedded graph server: Bolt on the loopback, from files that pip installed.

It runs inside this process and owns a data folder. The data survive a kill: nothing that was
acknowledged is lost. The password is new at every start and never stored.
"""

import json
import os
import secrets
import shlex
import socket
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from tools.errors import GraphInUse, GraphUnavailable

ENGINE = "arcadedb_embedded"
"""Its native build, `arcadedb`, has the same interface and opens the same folder."""
USER = "root"
DATABASE = "nodriza"
_BOLT_PLUGIN = "Bolt:com.arcadedb.bolt.BoltProtocolPlugin"
_SILENT = ".level=OFF\nhandlers=\n"


class EmbeddedGraph:
    """A Bolt server of our own. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self, folder: Path, *, port: int | None = None, timeout: float | None = None
    ) -> None:
        """`folder` holds the data; `port` defaults to a free one.

        The driver's timeout is nothing to this server: `timeout` is the longest that a query may
        take here, in seconds, for whoever lets queries in that nobody of us wrote.
        """
        self._timeout = timeout
        self.folder = folder.absolute()
        self.port = port
        self.password = secrets.token_urlsafe(24)
        self._lock = FileLock(self.folder / "owner.lock")
        self._server: Any = None

    @property
    def uri(self) -> str:
        """Where the driver connects."""
        return f"bolt://127.0.0.1:{self.port}"

    def start(self) -> "EmbeddedGraph":
        """Start the server and open the database, making it when it is new.

        Raises GraphInUse, naming the process, when another one owns the folder;
        GraphUnavailable when the engine is not installed or does not start.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._own()
        try:
            self._start_engine()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server and let the folder go."""
        try:
            if self._server is not None:
                self._server.stop()
        finally:
            self._server = None
            self._lock.release()

    def __enter__(self) -> "EmbeddedGraph":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _own(self) -> None:
        owner = self.folder / "owner.json"
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            holder = {}
            with suppress(OSError, ValueError):
                holder = json.loads(owner.read_text("utf-8"))
            pid, since = holder.get("pid", "unknown"), holder.get("since", "unknown")
            raise GraphInUse(
                f"the graph in {str(self.folder)!r} is in use by process {pid} (since {since}):"
                " stop it, or set NODRIZA_DATA_FOLDER to another folder,"
                " or NODRIZA_GRAPH_URI to a graph server"
            ) from None
        owner.write_text(
            json.dumps(
                {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
            ),
            "utf-8",
        )

    def _start_engine(self) -> None:
        self.port = self.port or _free_port()
        data = self.folder / "data"
        # The first start's password would stay: users are made anew with this start's.
        (data / "config" / "server-users.jsonl").unlink(missing_ok=True)
        logging = self.folder / "logging.properties"
        logging.write_text(_SILENT, "utf-8")
        # -Xrs: signals are Python's, or a SIGTERM would end the JVM under our feet. Its optimising
        # compiler would take twice the processor at a first start and makes no query faster.
        os.environ.setdefault(
            "ARCADEDB_JVM_ARGS",
            # The engine takes it apart as a shell would.
            "-Xmx512m -Xrs -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
            + shlex.quote(f"-Djava.util.logging.config.file={logging}"),
        )
        try:
            engine = import_module(ENGINE)
        except ImportError as error:
            raise GraphUnavailable(
                "the embedded graph is not installed on this platform: "
                "set NODRIZA_GRAPH_URI to a Neo4j server"
            ) from error
        config = {
            "mode": "production",
            "host": "127.0.0.1",
            "http_port": 0,
            "bolt_port": self.port,
            "server_plugins": _BOLT_PLUGIN,
        }
        try:
            self._server = engine.create_server(
                str(data), root_password=self.password, config=config
            )
            self._server.start()
            database = self._server.create_database(DATABASE)
            if self._timeout is not None:
                limit = f"`arcadedb.command.timeout` {round(self._timeout * 1000)}"
                database.command("sql", f"ALTER DATABASE {limit}")
        except engine.ArcadeDBError as error:
            raise GraphUnavailable(f"the embedded graph did not start: {error}") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
