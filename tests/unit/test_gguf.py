"""Whether a file is a whole GGUF model is found out before it is loaded."""

import shutil
import struct
from pathlib import Path

import pytest

from agent.llama.gguf import read_gguf
from tests.integration.llama_server import weights
from tools.errors import SettingsError


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(
    *, version: int = 3, keys: bytes = b"", key_count: int = 0, tensors: bytes = b"", count: int = 0
) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, count, key_count) + keys + tensors


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


ARCHITECTURE = text("general.architecture") + struct.pack("<I", 8) + text("llama")
ONE = tensor("a", (32, 4), 0, 0)
"""512 bytes of 32-bit numbers."""


def small() -> bytes:
    """A whole file: two keys, a list, one tensor of 4 x 8 numbers."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 3)
    keys = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    keys += text("llama.context_length") + struct.pack("<II", 4, 2048)
    keys += text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("bé")
    tensor = text("w") + struct.pack("<IQQIQ", 2, 4, 8, 0, 0)
    header = head + keys + tensor
    return header + b"\0" * (-len(header) % 32) + b"\0" * (4 * 8 * 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def one_tensor() -> tuple[bytes, bytes]:
    """A header, and the whole file that it begins."""
    header = gguf(keys=ARCHITECTURE, key_count=1, tensors=ONE, count=1)
    return header, header.ljust(-(-len(header) // 32) * 32, b"\0") + bytes(512)


def test_a_whole_file_says_what_it_is(path: Path) -> None:
    path.write_bytes(small())
    header = read_gguf(path)
    assert (header.architecture, header.context_length, header.tensors) == ("llama", 2048, 1)
    path.write_bytes(one_tensor()[1])
    header = read_gguf(path)
    assert (header.architecture, header.tensors) == ("llama", 1)


def test_a_real_file_is_whole() -> None:
    real = weights()
    assert real is not None
    header = read_gguf(real)
    assert (header.architecture, header.context_length, header.tensors) == ("llama", 8192, 272)


def test_wherever_it_is_cut_it_is_refused(path: Path) -> None:
    whole = small()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(SettingsError, match=r"model\.gguf' is (cut|no|a) "):
            read_gguf(path)


@pytest.mark.parametrize("missing", [1, 100, 512])
def test_data_that_is_cut_short_is_told(path: Path, missing: int) -> None:
    _, whole = one_tensor()
    path.write_bytes(whole[:-missing])
    with pytest.raises(SettingsError) as error:
        read_gguf(path)
    assert "cut short" in str(error.value)
    assert f"{len(whole) - missing:,} bytes of {len(whole):,}" in str(error.value)


def test_a_header_that_ends_anywhere_is_told(path: Path) -> None:
    header, _ = one_tensor()
    for length in range(4, len(header)):
        path.write_bytes(header[:length])
        with pytest.raises(SettingsError, match="broken or cut short"):
            read_gguf(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no GGUF file: it begins with b''"),
        (b"PK\x03\x04 a zip file", "is no GGUF file: it begins with b'PK"),
        (b"<!doctype html><title>404", "is no GGUF file: it begins with b'<!do'"),
        (b"version https://git-lfs.github.com/spec/v1", "begins with b'vers'"),
        (gguf(version=1), "version 1; valid: "),
        (gguf(version=50331648), "version 50331648; valid: "),
        (gguf(count=1 << 60), "a count of "),
        (gguf(keys=text("a") + struct.pack("<I", 99), key_count=1), "the unknown type 99"),
        (b"<!DOCTYPE html>", "is no GGUF file: it begins with b'<!DO'"),
        (b"version https://git-lfs", "is no GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9; valid: (2, 3)"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "a count of 1152921504606846976"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77), "type 77"),
    ],
)
def test_what_is_something_else_is_named(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read_gguf(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_file_and_a_folder_are_named(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no file '.*model\.gguf'"):
        read_gguf(path)
    with pytest.raises(SettingsError, match="there is no file"):
        read_gguf(tmp_path)


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
