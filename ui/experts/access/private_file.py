"""Where commands write what mothers said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools.errors import SettingsError


@contextmanager
def private_file(out: Path | None) -> Iterator[TextIO]:
    """A new file that only its owner reads, or standard output. Raises SettingsError."""
    if out is None:
        yield sys.stdout
        return
    try:
        out.touch(mode=0o600, exist_ok=False)
        file = out.open("w", encoding="utf-8", newline="")
    except FileExistsError:
        raise SettingsError(f"{str(out)!r} is there already: name a new file") from None
    except OSError as error:
        raise SettingsError(f"{str(out)!r} cannot be written: {error.strerror}") from None
    with file:
        yield file
