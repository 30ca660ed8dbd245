"""A private PostgreSQL for the tests: started in a temporary folder, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

_PASSWORD = "con/trase:ña"  # needs quoting in a URL, so that the quoting is tested too
_QUOTED = "con%2Ftrase%3A%C3%B1a"
_STARTS_WITHIN = 60.0


def find_binaries() -> Path | None:
    """The folder of the newest installed server, where Debian or the PATH has it."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if found := max(debian, key=lambda path: float(path.parts[-3]), default=None):
        return found.parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class PostgresServer:
    """A server on a free loopback port, with a password and the fewest promises to the disk."""

    password = _PASSWORD
    quoted_password = _QUOTED

    def __init__(self, binaries: Path) -> None:
        # The server refuses to be root; its folder must belong to whom it runs as.
        self._user: dict[str, Any] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="nodriza-postgres-"))
        if os.geteuid() == 0:
            import pwd  # not on Windows

            account = pwd.getpwnam("postgres")
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._databases = 0
        self._log = self._folder / "log"
        try:
            self._initialise(binaries)
            self._process = self._start(binaries)
            self._admin = self._connect()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"records_{self._databases}"
        self._admin.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://nodriza:{_QUOTED}@127.0.0.1:{self.port}/{name}"

    def disconnect_all(self) -> None:
        """Ends every other connection, as a restart of the server does, and waits until it has."""
        self._admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def stop(self) -> None:
        """Stops the server and removes its folder."""
        self._admin.close()
        self._end()
        shutil.rmtree(self._folder)

    def _initialise(self, binaries: Path) -> None:
        password_file = self._folder / "password"
        password_file.write_text(_PASSWORD + "\n", encoding="utf-8")
        if self._user:
            os.chown(password_file, self._user["user"], self._user["group"])
        command: list[str | Path] = [
            binaries / "initdb",
            "-D",
            self._folder / "data",
            "-U",
            "nodriza",
            "--no-sync",
        ]
        command += ["-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            command, cwd=self._folder, check=True, capture_output=True, timeout=120, **self._user
        )

    def _start(self, binaries: Path) -> "subprocess.Popen[bytes]":
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "timezone": "America/Bogota",  # so that times that are not UTC would be noticed
            "max_connections": 50,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [binaries / "postgres", "-D", self._folder / "data", *options],
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._user,
            )

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        deadline = time.monotonic() + _STARTS_WITHIN
        while True:
            try:
                return psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user="nodriza",
                    password=_PASSWORD,
                    dbname="postgres",
                    autocommit=True,
                )
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._end()
                    raise RuntimeError(self._log.read_text(errors="replace")) from None
                time.sleep(0.05)

    def _end(self) -> None:
        self._process.send_signal(signal.SIGINT)  # "fast": does not wait for forgotten connections
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
