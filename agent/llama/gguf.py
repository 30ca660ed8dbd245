"""Whether a file is a whole GGUF model, before llama.cpp loads it (and ends the process over it).

Only the header is read: the package `gguf` takes 4 s for the vocabulary of a small model.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tools.errors import SettingsError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?"}
_NUMBERS |= {10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_MOST = 1 << 24
"""More keys, tensors, list items or letters than any model has: the file is broken."""
_ALIGNMENT = 32


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says about itself."""

    metadata: dict[str, Any]
    """Its keys with numbers and texts; lists are left out."""
    tensors: int

    @property
    def architecture(self) -> str:
        """For example llama, gemma3, qwen3."""
        return str(self.metadata.get("general.architecture", "unknown"))

    @property
    def context_length(self) -> int | None:
        """Tokens of context that it was trained with."""
        found = self.metadata.get(f"{self.architecture}.context_length")
        return found if isinstance(found, int) else None


def read_gguf(path: Path) -> GgufHeader:
    """The header of a whole GGUF file.

    Raises SettingsError for a file that is missing, something else, or cut short.
    """
    if not path.is_file():
        raise SettingsError(f"there is no file {str(path)!r}; valid: the path of a GGUF file")
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(4)
        if start != _MAGIC:
            raise SettingsError(f"{str(path)!r} is no GGUF file: it begins with {start!r}")
        try:
            header, needed = _read(file)
        except (ValueError, EOFError, RecursionError) as error:
            raise SettingsError(
                f"{str(path)!r} is a GGUF file that is broken or cut short"
                f" ({size:,} bytes): {error}"
            ) from None
    if size < needed:
        raise SettingsError(
            f"{str(path)!r} is cut short: {size:,} bytes of {needed:,}; download it again"
        )
    return header


def _read(file: BinaryIO) -> tuple[GgufHeader, int]:
    """The header, and how many bytes the file must have for all tensors to begin in it."""
    (version,) = _unpack(file, "I")
    if version not in _VERSIONS:
        raise ValueError(f"version {version}; valid: {_VERSIONS}")
    tensors, keys = (_bounded(count) for count in _unpack(file, "QQ"))
    metadata = {}
    for _ in range(keys):
        name = _text(file)
        value = _value(file, *_unpack(file, "I"))
        if value is not None:
            metadata[name] = value
    ends = [_tensor_end(file) for _ in range(tensors)]
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if type(alignment) is not int or alignment < 1:
        raise ValueError(f"an alignment of {alignment!r}")
    data = -(-file.tell() // alignment) * alignment
    return GgufHeader(metadata, tensors), data + max(ends, default=0)


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind in _NUMBERS:
        return _unpack(file, _NUMBERS[kind])[0]
    if kind != _LIST:
        raise ValueError(f"a value of the unknown type {kind}")
    inner, count = _unpack(file, "IQ")
    if inner in _NUMBERS:
        file.seek(struct.calcsize(_NUMBERS[inner]) * _bounded(count), 1)
    else:
        for _ in range(_bounded(count)):
            _value(file, inner)
    return None


def _tensor_end(file: BinaryIO) -> int:
    """A lower bound of where a tensor's data ends, from where data begins."""
    _text(file)
    (dimensions,) = _unpack(file, "I")
    shape = _unpack(file, f"{_bounded(dimensions)}Q")
    kind, offset = _unpack(file, "IQ")
    weights = 1
    for length in shape:
        weights *= length
    return int(offset + weights * _bits(kind) // 8)


# Bits a weight by tensor type; types that are not here count as the smallest.
_BITS = {0: 32, 1: 16, 2: 4.5, 3: 5, 6: 5.5, 7: 6, 8: 8.5, 9: 9, 10: 2.625, 11: 3.4375}
_BITS |= {12: 4.5, 13: 5.5, 14: 6.5625, 15: 9.125, 24: 8, 25: 16, 26: 32, 27: 64, 28: 64, 30: 16}
_FEWEST_BITS = 1.5


def _bits(kind: int) -> float:
    return _BITS.get(kind, _FEWEST_BITS)


def _text(file: BinaryIO) -> str:
    (length,) = _unpack(file, "Q")
    return _exactly(file, _bounded(length)).decode("utf-8", "replace")


def _unpack(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{layout}", _exactly(file, struct.calcsize(f"<{layout}")))


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError("the header ends early")
    return data


def _bounded(count: int) -> int:
    if count > _MOST:
        raise ValueError(f"a count of {count}")
    return count
