"""Start a real Neo4j on this machine, without Docker: its jars from Maven Central, run with Java.

    python -m scripts.neo4j_server fetch     download the jars once (`make deps` does it)
    python -m scripts.neo4j_server run       run a server until Ctrl-C

Tests use `Neo4jServer`. Neo4j's community edition is GPL-3: it runs as a process of its own and
nothing of it is shipped with Nodriza.
"""

import importlib.util
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Annotated, NamedTuple, NoReturn, Self

import typer
from neo4j import Auth, Driver, GraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import AuthError, DriverError, Neo4jError

LTS = "5.26.30"
NEWEST = "2026.09.0"

START_SECONDS = 120
STOP_SECONDS = 40
DOWNLOAD_SECONDS = 1800

USER = "neo4j"
FIRST_LOGIN = ("neo4j", "neo4j")
APOC = "5.26.1"
"""For the 5.26 line only."""
POMS = Path(__file__).parent / "neo4j"
JVM_FOLDER = Path("/usr/lib/jvm")

CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.heap.initial_size=512m
server.memory.heap.max_size=512m
server.memory.pagecache.size=128m
# Without this an empty database takes 517 MB of disk.
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
# Bolt otherwise waits five quiet seconds before it stops.
{quiet_period}
"""


class LauncherError(Exception):
    """Neo4j can't be fetched, started or logged in to; the text says what to do."""


class Release(NamedTuple):
    """What differs between the two lines of Neo4j."""

    main_class: str
    lowest_java: int
    highest_java: int | None
    quiet_period: str


def release(version: str) -> Release:
    if version.startswith("5."):
        return Release(
            main_class="org.neo4j.server.CommunityEntryPoint",
            lowest_java=17,
            highest_java=21,
            quiet_period="internal.dbms.bolt.netty_server_shutdown_quiet_period=0",
        )
    return Release(
        main_class="org.neo4j.server.Neo4jCommunity",
        lowest_java=21,
        highest_java=None,
        quiet_period="internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s",
    )


class Neo4jServer:
    """One Neo4j with its own port, home folder and process.

    Without a port it takes a free one; without a password, the one kept in the home folder
    (readable by its owner only), or a random one the first time.
    """

    def __init__(
        self,
        *,
        home: Path,
        version: str = LTS,
        port: int | None = None,
        password: str | None = None,
        apoc: bool = False,
    ) -> None:
        """With `apoc`, which needs the LTS line, its procedures are there."""
        self.version = version
        self._apoc = apoc
        self.home = home.resolve()
        self.port = port or _free_port()
        self.user = USER
        self._kept = self.home / "password"
        self.password = password or self._kept_password() or secrets.token_urlsafe(18)
        if len(self.password) < 8:
            raise LauncherError("Neo4j wants a password of at least 8 characters.")
        self._log = self.home / "logs" / "console.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return once a query has been answered; stop the server again if that fails."""
        if self.running:
            raise LauncherError(f"This server is already running at {self.uri}.")
        _require_free(self.port)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = self._command()
        with self._log.open("wb") as log:
            # A session of its own, so that a Ctrl-C reaches this program only: it stops the server.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_for_bolt(time.monotonic() + START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ask the server to stop, which saves everything; kill it if it takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except BaseException as error:
            self.kill()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        self._process = None

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> None:
        """Block until the server ends by itself, which it only does when something is wrong."""
        if self._process is not None:
            code = self._process.wait()
            raise self._failure(f"Neo4j ended by itself with exit code {code}.")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _command(self) -> list[str]:
        needs = release(self.version)
        java = find_java(needs.lowest_java, needs.highest_java)
        conf = self.home / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        settings = CONF.format(port=self.port, quiet_period=needs.quiet_period)
        folders = [jars(self.version)]
        if self._apoc:
            folders.append(apoc_jars())
            settings += f"server.directories.plugins={folders[-1]}\n"
        (conf / "neo4j.conf").write_text(settings, encoding="utf-8")
        opened = ("java.nio", "java.io", "sun.nio.ch", "java.lang", "java.util.concurrent")
        return [
            str(java),
            "-Xms256m",
            "-Xmx512m",
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opened),
            *(["--enable-native-access=ALL-UNNAMED"] if needs.lowest_java >= 21 else []),
            "-cp",
            os.pathsep.join(str(folder / "*") for folder in folders),
            needs.main_class,
            f"--home-dir={self.home}",
            f"--config-dir={conf}",
        ]

    def _wait_for_bolt(self, deadline: float) -> None:
        last: Exception | None = None
        while time.monotonic() < deadline:
            if not self.running:
                raise self._failure("Neo4j ended while it was starting.")
            try:
                # A bare socket first: the driver makes a noise about a server that is not there.
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                self._log_in()
            except AuthError:
                raise LauncherError(
                    f"The data in {self.home} belongs to another password: pass it, or write it "
                    f"into {self._kept}, or remove the folder to start afresh."
                ) from None
            except (OSError, DriverError, Neo4jError) as error:
                last = error
                time.sleep(0.25)
            else:
                return
        raise self._failure(f"Neo4j did not answer in {START_SECONDS} s (last error: {last}).")

    def _log_in(self) -> None:
        """Have one query answered; on a new home, set the password first."""
        try:
            self._try_password()
        except AuthError:
            with _quiet_driver(self.uri, FIRST_LOGIN) as driver:
                driver.verify_connectivity()
                self._keep_password()
                with driver.session(database="system") as session:
                    session.run(
                        "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
                        old=FIRST_LOGIN[1],
                        new=self.password,
                    ).consume()
            self._try_password()

    def _try_password(self) -> None:
        with _quiet_driver(self.uri, (self.user, self.password)) as driver:
            driver.verify_connectivity()
            # The driver is content with a server whose database is still recovering.
            with driver.session(database="neo4j") as session:
                session.run("RETURN 1").consume()

    def _kept_password(self) -> str | None:
        return self._kept.read_text(encoding="utf-8").strip() if self._kept.exists() else None

    def _keep_password(self) -> None:
        self._kept.touch(mode=0o600)
        self._kept.write_text(self.password + "\n", encoding="utf-8")

    def _failure(self, what: str) -> LauncherError:
        """With the ends of both logs: Java and a bad setting write to one, Neo4j to the other."""
        lines = [what]
        for log in (self._log, self.home / "logs" / "neo4j.log"):
            if log.exists() and log.stat().st_size:
                text = log.read_text(encoding="utf-8", errors="replace")
                # Without the frames of Java's stack traces, which push their causes out of sight.
                told = [line for line in text.splitlines() if not line.startswith("\t")]
                lines += [f"The end of {log}:", *told[-15:]]
        return LauncherError("\n".join(lines))


class DockerNeo4jServer(Neo4jServer):
    """The same server from the official image.

    Not run on the authors' machine, which has no Docker engine. The client that we start passes
    SIGTERM on to the container; the data stays in the same home folder.
    """

    @property
    def _container(self) -> str:
        return f"nodriza-neo4j-{self.port}"

    def _command(self) -> list[str]:
        image = f"neo4j:{self.version}-community"
        if not _succeeds("docker", "image", "inspect", image):
            # Before the clock of the start runs; if it fails, `docker run` says why.
            subprocess.run(["docker", "pull", image], timeout=DOWNLOAD_SECONDS, check=False)
        data = self.home / "data"
        data.mkdir(parents=True, exist_ok=True)
        return [
            *("docker", "run", "--rm", "--name", self._container),
            *("--publish", f"127.0.0.1:{self.port}:7687"),
            *("--user", f"{os.getuid()}:{os.getgid()}"),
            *("--volume", f"{data}:/data"),
            *("--env", "NEO4J_server_memory_heap_max__size=512m"),
            *("--env", "NEO4J_server_memory_pagecache_size=128m"),
            *("--env", "NEO4J_db_tx__log_preallocate=false"),
            *("--env", "NEO4J_dbms_usage__report_enabled=false"),
            image,
        ]

    def kill(self) -> None:
        _succeeds("docker", "kill", self._container)
        super().kill()


def jars(version: str) -> Path:
    """The folder with the server's jars, downloaded the first time: whole or not there at all."""
    return _downloaded(f"Neo4j {version}", version, "pom.xml", f"-Dneo4j.version={version}")


def apoc_jars() -> Path:
    """The folder with the jars of APOC Core, downloaded like the server's."""
    return _downloaded(f"APOC {APOC}", f"apoc-{APOC}", "apoc.xml", f"-Dapoc.version={APOC}")


def _downloaded(what: str, name: str, pom: str, version: str) -> Path:
    folder = _cached(name)
    lib = folder / "lib"
    if _is_complete(folder):
        return lib
    mvn = shutil.which("mvn")
    if mvn is None:
        raise LauncherError(
            f"{what} is not downloaded yet and Maven (mvn) is not installed. Install it "
            "(Debian and Ubuntu: apt-get install maven; macOS: brew install maven), then "
            "run `make deps`."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{name}.partial-") as partial:
        done = subprocess.run(
            [
                *(mvn, "-q", "-B", "-U", "-Dstyle.color=never", "-f", str(POMS / pom), version),
                *("dependency:copy-dependencies", "-DincludeScope=runtime"),
                f"-DoutputDirectory={partial}/whole/lib",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).splitlines()[:5])
            raise LauncherError(
                f"Maven could not download {what}; `make deps` tries again.\n{said}"
            )
        whole = Path(partial) / "whole"
        (whole / "complete").touch()
        try:
            whole.rename(folder)
        except OSError:
            # Another process has just put the same jars there.
            if not _is_complete(folder):
                raise
    return lib


def _cached(version: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nodriza" / "neo4j" / version


def _is_complete(folder: Path) -> bool:
    return (folder / "complete").exists()


def find_java(minimum: int, maximum: int | None = None, *, jvm_folder: Path = JVM_FOLDER) -> Path:
    """The lowest suitable Java of JAVA_HOME, PATH, /usr/lib/jvm and the embedded graph's wheel."""
    candidates = [Path(found)] if (found := shutil.which("java")) else []
    if home := os.environ.get("JAVA_HOME"):
        candidates.insert(0, Path(home) / "bin" / "java")
    candidates += sorted(jvm_folder.glob("*/bin/java"))
    if wheel := importlib.util.find_spec("arcadedb_embedded"):
        candidates += [Path(str(wheel.origin)).parent / "jre" / "bin" / "java"]
    unique = {path.resolve(): path for path in reversed(candidates) if path.exists()}
    found_javas = [(number, path) for path in unique.values() if (number := _java_version(path))]
    suitable = [
        (number, path)
        for number, path in found_javas
        if number >= minimum and (maximum is None or number <= maximum)
    ]
    if suitable:
        # The machine's own before the wheel's, which is there for something else.
        return min(suitable, key=lambda found: (found[0], found[1].parts[-3] == "jre", found[1]))[1]
    wanted = f"Java {minimum} or newer" if maximum is None else f"Java {minimum} to {maximum}"
    listed = ", ".join(f"{number} ({path})" for number, path in sorted(found_javas)) or "none"
    raise LauncherError(
        f"Neo4j needs {wanted}; found: {listed}. Looked at JAVA_HOME, PATH, {jvm_folder}. "
        f"Install one (Debian and Ubuntu: apt-get install openjdk-{maximum or minimum}-jre-headless"
        "; any system: https://adoptium.net), then run `make deps`."
    )


def _java_version(java: Path) -> int | None:
    """17 for `openjdk version "17.0.15"`, 8 for `"1.8.0_392"`, nothing for a Java that fails."""
    try:
        done = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(match[1]) if match else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LauncherError(
                f"Port {port} can't be used ({error.strerror}): another server may be running. "
                "Stop it or choose another port."
            ) from error


@contextmanager
def _quiet_driver(uri: str, login: tuple[str, str]) -> Iterator[Driver]:
    """A driver whose warnings are not shown: while a server starts, failing is normal."""
    log = logging.getLogger("neo4j")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with GraphDatabase.driver(
            uri,
            auth=Auth("basic", *login),
            connection_timeout=5,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
        ) as driver:
            yield driver
    finally:
        log.setLevel(level)


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def run(
    version: Annotated[str, typer.Option(help="The version of Neo4j.")] = LTS,
    port: Annotated[int, typer.Option(help="The port of Bolt on 127.0.0.1.")] = 7687,
    home: Annotated[
        Path | None, typer.Option(help="Where the data stays; data/neo4j/<version> if not given.")
    ] = None,
    docker: Annotated[
        bool, typer.Option(help="Use the official image if a Docker engine runs.")
    ] = True,
) -> None:
    """Run a Neo4j until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, _interrupt)
    kind = DockerNeo4jServer if docker and _succeeds("docker", "info") else Neo4jServer
    try:
        server = kind(home=home or Path("data/neo4j") / version, version=version, port=port)
        if kind is Neo4jServer:
            _fetch(version)
        print(f"Starting Neo4j {version} in {server.home} (10 to 30 seconds)…", flush=True)
        with server:
            try:
                print(f"export NODRIZA_GRAPH_URI={server.uri}")
                print(f"export NODRIZA_GRAPH_USER={server.user}")
                print(f"export NODRIZA_GRAPH_PASSWORD={server.password}", flush=True)
                server.wait()
            except KeyboardInterrupt:
                print("Stopping…", flush=True)
    except LauncherError as error:
        print(error, flush=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def fetch(
    version: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated; {LTS} if not given.")
    ] = None,
) -> None:
    """Download the server's jars into the cache, and nothing else."""
    try:
        for wanted in version or [LTS]:
            _fetch(wanted)
    except LauncherError as error:
        print(error, flush=True)
        raise typer.Exit(1) from None


def _fetch(version: str) -> None:
    needs = release(version)
    java = find_java(needs.lowest_java, needs.highest_java)
    if not _is_complete(_cached(version)):
        print(
            f"Downloading Neo4j {version}: about 150 MB from Maven Central, half a minute on a "
            "fast line, some minutes on a slow one…",
            flush=True,
        )
    if version == LTS:
        apoc_jars()
    files = list(jars(version).glob("*.jar"))
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"Neo4j {version}: {len(files)} jars, {size:.0f} MB, for {java}", flush=True)


def _interrupt(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
