"""What was learnt, by what it was learnt from: shipped, or kept on this machine."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar


class Keepable(Protocol):
    """Something learnt, which can be written to a file."""

    def keep(self, key: str, path: Path) -> None:
        """Write it; whole or not at all."""


Learnt = TypeVar("Learnt", bound=Keepable)


class Shelf:
    """Where what was learnt is looked for, and put."""

    def __init__(
        self,
        shipped: Sequence[Path] = (),
        folder: Path | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """`shipped` are files that `keep` wrote. New ones go to `folder`, or are not kept.

        `say` is told when something has to be learnt, which can take a minute.
        """
        self._say = say
        self._shipped = tuple(shipped)
        self._folder = folder

    def get(
        self,
        key: str,
        read: Callable[[Path, str], Learnt | None],
        make: Callable[[], Learnt],
        what: str,
    ) -> Learnt:
        """What has that key, made where there is none yet. `what` says what it tells.

        `read` gives what a file holds, or None where it has another key.
        """
        own = self._folder / f"{key}.npz" if self._folder else None
        for path in (*self._shipped, *([own] if own else [])):
            if path.is_file() and (found := read(path, key)):
                return found
        self._say(f"learning {what}, once: up to a minute")
        made = make()
        if own:
            own.parent.mkdir(parents=True, exist_ok=True)
            made.keep(key, own)
        return made


def key_of(method: str, texts: Iterable[tuple[str, str]]) -> str:
    """What is learnt from, as sixteen hexadecimal digits: (text, label), and how."""
    digest = hashlib.sha256(method.encode())
    for text, label in texts:
        digest.update(f"\0{label}\0{text}".encode())
    return digest.hexdigest()[:16]
