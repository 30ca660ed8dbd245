"""Files and folders that are written whole or not at all."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.errors import TreeError


def write_file(path: Path, content: str | bytes) -> None:
    """Put `content` at `path`: an older file stays as it was until the new one is complete.

    Raises TreeError when it cannot be written.
    """
    beside = _beside(path, "new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TreeError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def write_folder(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    """Make `folder` hold exactly `files` (texts by name); it appears complete or not at all.

    A folder that holds something is replaced with `force` only, and only when all it holds is
    files of the same kind: nobody's other work is lost. Raises TreeError.
    """
    _refuse_to_destroy(folder, {Path(name).suffix for name in files}, force=force)
    new, old = _beside(folder, "new"), _beside(folder, "old")
    try:
        new.mkdir(parents=True)
        for name, text in files.items():
            (new / name).write_bytes(text.encode())
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise TreeError(f"{str(folder)!r} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _refuse_to_destroy(folder: Path, suffixes: set[str], *, force: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise TreeError(f"{str(folder)!r} is a file, and a folder is to be written")
    there = sorted(folder.iterdir())
    others = [item.name for item in there if item.suffix not in suffixes or not item.is_file()]
    if others:
        kinds = ", ".join(sorted(suffixes))
        raise TreeError(
            f"{str(folder)!r} holds other things ({', '.join(others[:5])}): "
            f"name a new folder, or one with {kinds} files only"
        )
    if there and not force:
        raise TreeError(
            f"{str(folder)!r} already holds {len(there)} files: "
            "name another folder, or replace them all with --force"
        )


def _beside(path: Path, what: str) -> Path:
    """A name on the same disk, so that renaming is one step."""
    target = path.absolute()
    return target.with_name(f".{target.name}.{what}-{os.getpid()}")
