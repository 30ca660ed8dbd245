"""A backup of an installation, and the way back into an empty one.

    FOLDER/manifest.json     what is in it, with the SHA-256 of every file; written last
    FOLDER/trees/1.json …    the tree versions that conversations stand on or begin with
    FOLDER/records/…         the record and the checkpoints, of one moment (records/snapshot.py)

It holds what mothers wrote: health data, readable by its owner only, not encrypted.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.service import Progress, open_store
from agent.settings import Settings
from records import snapshot
from records.snapshot import Snapshot
from tools.errors import BackupError
from tools.formats.json_file import read_json, write_json
from tools.store import TreeStore, TreeVersion

_MANIFEST = "manifest.json"


class KeptTree(BaseModel):
    """A tree version in a backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: str
    file: str
    active: bool


class Manifest(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    taken_at: datetime
    format: int = 1
    trees: list[KeptTree]
    record: Snapshot
    sha256: dict[str, str]
    """By file, relative to the folder."""


def back_up(settings: Settings, folder: Path, say: Progress) -> Manifest:
    """Write a backup into a new or empty folder, while others go on talking.

    Raises BackupError when the folder is not empty or cannot be written; GraphUnavailable (an
    embedded graph that another process runs, too) and RecordError from what is read.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BackupError(f"{str(folder)!r} is not empty: give a new folder to each backup")
        folder.chmod(0o700)
        for name in ("records", "trees"):
            (folder / name).mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"{str(folder)!r} cannot be written: {error.strerror}") from None
    taken_at = datetime.now(UTC)
    with open_store(settings, say) as store:
        # The record first: a version that it names is in the graph for as long as it is named.
        record = snapshot.take(settings.chosen_records_url, folder / "records")
        trees = _keep_trees(store, record, folder, say)
    manifest = Manifest(taken_at=taken_at, trees=trees, record=record, sha256=_hashes(folder))
    (folder / _MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", "utf-8")
    return manifest


def restore(settings: Settings, folder: Path, say: Progress) -> Manifest:
    """Put a backup back into an installation without conversations and without other trees.

    Cut short, it can be run again. Raises BackupError when the folder holds no whole backup or
    the graph other trees; RecordError when the record is not empty or of another kind.
    """
    manifest = _read(folder)
    with open_store(settings, say) as store:
        kept = {tree.version for tree in manifest.trees}
        others = [v.version for v in store.versions() if v.version not in kept]
        if others:
            raise BackupError(
                f"the graph is not empty (it has the tree {others[0]!r}, which the backup does not"
                " have): nothing was changed; restore into an empty graph"
            )
        snapshot.require_empty(settings.chosen_records_url, manifest.record)
        # The trees first: a restore that was cut then still finds an empty record.
        for tree in sorted(manifest.trees, key=lambda tree: tree.active):  # the active one last
            say(f"loading the tree {tree.version}")
            store.load(read_json(folder / tree.file))
        snapshot.put_back(settings.chosen_records_url, folder / "records", manifest.record)
    return manifest


def _keep_trees(store: TreeStore, record: Snapshot, folder: Path, say: Progress) -> list[KeptTree]:
    versions = {v.version: v for v in store.versions() if v.state != "loading"}
    for missing in sorted(set(record.trees) - set(versions)):
        say(f"the graph has not got the tree {missing} any more, which a conversation stands on")
    needed = [v for v in versions.values() if v.state == "active" or v.version in record.trees]
    return [_keep_tree(store, v, number, folder) for number, v in enumerate(needed, 1)]


def _keep_tree(store: TreeStore, version: TreeVersion, number: int, folder: Path) -> KeptTree:
    tree = store.read_tree(version.version)
    if tree.version != version.version:
        raise BackupError(
            f"the tree {version.version!r} was changed in the graph (it reads as {tree.version!r})"
        )
    file = f"trees/{number}.json"
    write_json(tree, folder / file)
    return KeptTree(version=version.version, file=file, active=version.state == "active")


def _read(folder: Path) -> Manifest:
    """The manifest of a whole backup."""
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BackupError(f"{str(folder)!r} holds no whole backup: it has no {_MANIFEST}") from None
    except OSError as error:
        raise BackupError(f"{str(folder)!r} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        raise BackupError(
            f"{str(folder / _MANIFEST)!r} is no manifest of a backup: {problem['loc']}:"
            f" {problem['msg']}"
        ) from None
    there = _hashes(folder)
    for name, wanted in manifest.sha256.items():
        if there.get(name) != wanted:
            how = "was changed" if name in there else "is missing"
            raise BackupError(f"the backup in {str(folder)!r} is not whole: {name} {how}")
    return manifest


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.glob("*/*") if path.is_file())
    return {str(path.relative_to(folder).as_posix()): _hash(path) for path in files}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
