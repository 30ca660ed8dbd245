"""Whether a file is a whole GGUF model is found out before it is loaded."""

import struct
from pathlib import Path

import pytest

from agent.gguf import read_gguf
from tests.integration.llama_server import weights
from tools.errors import SettingsError


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


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


def test_a_whole_file_says_what_it_is(path: Path) -> None:
    path.write_bytes(small())
    header = read_gguf(path)
    assert (header.architecture, header.context_length, header.tensors) == ("llama", 2048, 1)


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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with b''"),
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
    assert "model.gguf" in str(error.value)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no file '.*model\.gguf'"):
        read_gguf(path)
