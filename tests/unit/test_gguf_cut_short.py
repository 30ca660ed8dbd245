"""A file that is no whole GGUF model is refused before llama.cpp sees it."""

import shutil
import struct
from pathlib import Path

import pytest

from agent.gguf import read_gguf
from tests.integration.llama_server import weights
from tools.errors import SettingsError


def gguf(
    *, version: int = 3, keys: bytes = b"", key_count: int = 0, tensors: bytes = b"", count: int = 0
) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, count, key_count) + keys + tensors


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


ARCHITECTURE = text("general.architecture") + struct.pack("<I", 8) + text("llama")
ONE = tensor("a", (32, 4), 0, 0)
"""512 bytes of 32-bit numbers."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_a_whole_file_says_what_it_is(model: Path) -> None:
    header = gguf(keys=ARCHITECTURE, key_count=1, tensors=ONE, count=1)
    model.write_bytes(header.ljust(-(-len(header) // 32) * 32, b"\0") + bytes(512))
    read = read_gguf(model)
    assert (read.architecture, read.tensors) == ("llama", 1)


@pytest.mark.parametrize("missing", [1, 100, 512])
def test_data_that_is_cut_short_is_told(model: Path, missing: int) -> None:
    header = gguf(keys=ARCHITECTURE, key_count=1, tensors=ONE, count=1)
    whole = header.ljust(-(-len(header) // 32) * 32, b"\0") + bytes(512)
    model.write_bytes(whole[:-missing])
    with pytest.raises(SettingsError) as error:
        read_gguf(model)
    assert "cut short" in str(error.value)
    assert f"{len(whole) - missing:,} bytes of {len(whole):,}" in str(error.value)


def test_a_header_that_ends_anywhere_is_told(model: Path) -> None:
    header = gguf(keys=ARCHITECTURE, key_count=1, tensors=ONE, count=1)
    for length in range(4, len(header)):
        model.write_bytes(header[:length])
        with pytest.raises(SettingsError, match="broken or cut short"):
            read_gguf(model)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no GGUF file: it begins with b''"),
        (b"PK\x03\x04 a zip file", "is no GGUF file: it begins with b'PK"),
        (b"<!doctype html><title>404", "is no GGUF file: it begins with b'<!do'"),
        (b"version https://git-lfs.github.com/spec/v1", "begins with b'vers'"),
        (gguf(version=1), "version 1; valid: "),
        (gguf(version=50331648), "version 50331648; valid: "),
        (gguf(count=1 << 60), "a count of "),
        (gguf(keys=text("a") + struct.pack("<I", 99), key_count=1), "the unknown type 99"),
    ],
)
def test_what_is_something_else_is_told(model: Path, content: bytes, told: str) -> None:
    model.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read_gguf(model)
    assert told in str(error.value)
    assert str(model) in str(error.value)


def test_a_missing_file_and_a_folder_are_told(model: Path, tmp_path: Path) -> None:
    for path in (model, tmp_path):
        with pytest.raises(SettingsError, match="there is no file"):
            read_gguf(path)


@pytest.mark.skipif(weights() is None, reason="no weights of a small model: make test installs")
def test_a_real_model_is_whole_and_half_of_it_is_not(tmp_path: Path) -> None:
    path = weights()
    assert path is not None
    assert read_gguf(path).architecture == "llama"
    assert read_gguf(path).context_length == 8192
    for part in (0.001, 0.5, 0.99):
        half = tmp_path / f"{part}.gguf"
        with path.open("rb") as whole, half.open("wb") as cut:
            shutil.copyfileobj(whole, cut)
            cut.truncate(int(path.stat().st_size * part))
        with pytest.raises(SettingsError, match="cut short"):
            read_gguf(half)
