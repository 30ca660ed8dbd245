"""A backup, put back elsewhere: conversations go on where they stood, on their tree versions."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cli
from agent.backup import back_up, restore
from agent.service import open_service, open_store
from agent.settings import Settings, load_settings
from records.events import MessageReceived, Replied
from records.store import RecordError
from scripts.neo4j_server import LTS, Neo4jServer
from tests.integration.conftest import SHIPPED, Conversation, GraphServer
from tests.postgres import PostgresServer
from tests.trees import write_small
from tools.drafts import published
from tools.errors import BackupError
from tools.formats.yaml_folder import read_tree

OLD_WORDS, NEW_WORDS = "¿Cuándo te duele?", "¿En qué momento te duele?"


class Kept(NamedTuple):
    """A backup, and what was backed up."""

    folder: Path
    trees: Path
    version: str
    """The tree version that the mother is on."""


def quiet(_text: str) -> None:
    """The progress of the commands is not looked at here."""


def small_trees(folder: Path) -> Path:
    """A folder of trees with the small one in it."""
    write_small(folder / "prueba")
    shutil.copy(SHIPPED / "redflags.yaml", folder)
    return folder


def settings_of(trees: Path, data: Path, **more: Any) -> Settings:
    return load_settings(
        data_folder=data, trees_folder=trees, tree="prueba", navigator="menu", **more
    )


def begin(settings: Settings) -> str:
    """She answers once, the tree is changed under her, and another mother's turn is cut."""
    with open_service(settings) as house:
        mother = Conversation(house.assistant, thread="mother")
        mother.say("hola")
        assert mother.press("Dolor").replied.text == OLD_WORDS
        version = house.store.active("prueba").version
        said = MessageReceived(text="hola")
        house.records.begin(
            "cut", "0", said, owner="elsewhere:1:x", tree=version, navigator="menu", model=None
        )
        folder = settings.trees_folder / "prueba"
        file = folder / "dolor.yaml"
        file.write_text(file.read_text("utf-8").replace(OLD_WORDS, NEW_WORDS), "utf-8")
        house.store.load(published(read_tree(folder)))
    return version


def go_on(settings: Settings, version: str) -> None:
    """All go on: the mother in the version that she began with, a newcomer in the new one."""
    with open_service(settings) as house:
        mother = Conversation(house.assistant, thread="mother", said=2)
        said = [e.text for e in mother.history if isinstance(e, MessageReceived)]
        assert said == ["hola", "Dolor"]
        assert mother.say("Siempre").replied.text == "¿Qué temperatura tienes?"
        assert mother.say("Volver").replied.text == OLD_WORDS
        known = house.records.conversation("mother")
        assert known is not None
        assert (known.turns, known.tree, known.topics) == (4, version, ("dolor",))

        followed = house.assistant.follow("cut")
        assert followed is not None
        assert isinstance(list(followed)[-1], Replied)

        other = Conversation(house.assistant, thread="other")
        other.say("hola")
        assert other.press("Dolor").replied.text == NEW_WORDS
        assert house.store.active("prueba").version != version


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A backup of a house on SQLite and the embedded graph."""
    place = tmp_path_factory.mktemp("kept")
    trees = small_trees(place / "trees")
    settings = settings_of(trees, place / "data")
    version = begin(settings)
    back_up(settings, place / "backup", quiet)
    return Kept(place / "backup", trees, version)


def test_on_sqlite_and_the_embedded_graph(kept: Kept, tmp_path: Path) -> None:
    there = settings_of(kept.trees, tmp_path / "there")
    manifest = restore(there, kept.folder, quiet)
    assert manifest.record.conversations == 2
    assert [tree.version for tree in manifest.trees if not tree.active] == [kept.version]
    go_on(there, kept.version)
    with pytest.raises(RecordError, match=r"not empty.*'conversations' has 3 rows"):
        restore(there, kept.folder, quiet)


def test_nobody_else_can_read_it(kept: Kept) -> None:
    assert kept.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "no whole backup.*no manifest.json"),
        (lambda folder: (folder / "records" / "records.db").unlink(), "records.db is missing"),
        (lambda folder: (folder / "trees" / "1.json").write_text("{}"), "trees/1.json was changed"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "no manifest of a backup"),
    ],
)
def test_a_spoilt_backup_is_refused(
    kept: Kept, tmp_path: Path, spoil: Callable[[Path], object], complaint: str
) -> None:
    folder = shutil.copytree(kept.folder, tmp_path / "copy")
    spoil(folder)
    there = settings_of(kept.trees, tmp_path / "there")
    with pytest.raises(BackupError, match=complaint):
        restore(there, folder, quiet)
    assert not there.data_folder.exists()


def test_a_backup_is_not_overwritten(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (kept.folder / "manifest.json").read_bytes()
    monkeypatch.setattr("sys.argv", ["nodriza", "backup", str(kept.folder)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "is not empty: give a new folder to each backup" in told
    assert (kept.folder / "manifest.json").read_bytes() == before


def test_a_graph_with_another_tree_is_left_alone(
    kept: Kept, graph_server: GraphServer, tmp_path: Path
) -> None:
    other = settings_of(
        small_trees(tmp_path / "trees"), tmp_path / "data", **graph_server.settings()
    )
    changed = tmp_path / "trees" / "prueba" / "dolor.yaml"
    changed.write_text(changed.read_text("utf-8").replace(OLD_WORDS, "¿Y eso?"), "utf-8")
    with open_store(other) as store:
        version = store.load(read_tree(tmp_path / "trees" / "prueba"))
        with pytest.raises(BackupError, match="the graph is not empty"):
            restore(other, kept.folder, quiet)
        store.delete(version)
    assert not (tmp_path / "data" / "records.db").exists()


@pytest.mark.neo4j
@pytest.mark.postgres
def test_on_postgresql_and_neo4j(postgres_server: PostgresServer, tmp_path: Path) -> None:
    trees = small_trees(tmp_path / "trees")
    with Neo4jServer(home=tmp_path / "neo4j", version=LTS) as server:
        graph = {
            "graph_uri": server.uri,
            "graph_user": server.user,
            "graph_password": server.password,
        }
        here = settings_of(
            trees, tmp_path / "here", records_url=postgres_server.database(), **graph
        )
        version = begin(here)
        manifest = back_up(here, tmp_path / "backup", quiet)
        with open_store(here) as store:
            for tree in manifest.trees:
                store.delete(tree.version)

        there = settings_of(
            trees, tmp_path / "there", records_url=postgres_server.database(), **graph
        )
        restore(there, tmp_path / "backup", quiet)
        go_on(there, version)
        with pytest.raises(RecordError, match="not empty"):
            restore(there, tmp_path / "backup", quiet)

        elsewhere = settings_of(trees, tmp_path / "sqlite", **graph)
        with pytest.raises(RecordError, match=r"postgresql database.*another kind"):
            restore(elsewhere, tmp_path / "backup", quiet)
