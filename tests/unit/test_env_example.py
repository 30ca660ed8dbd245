"""`.env.example` lists the settings: all of them, no others, with the defaults that they have."""

import os
import re
from pathlib import Path

import pytest

from agent.llama.server_options import ServerOptions
from agent.settings import LLM_PREFIX, PREFIX, PROJECT, Settings

EXAMPLE = PROJECT / ".env.example"
ASSIGNMENT = re.compile(r"^# (NODRIZA_[A-Z0-9_]+)=(.*)$", re.MULTILINE)


def test_it_lists_exactly_the_settings() -> None:
    listed = [name for name, _ in ASSIGNMENT.findall(EXAMPLE.read_text("utf-8"))]
    ours = [PREFIX + name.upper() for name in Settings.model_fields]
    servers = [LLM_PREFIX + name.upper() for name in ServerOptions.model_fields]
    assert sorted(listed) == sorted([*ours, *servers])


def test_nothing_is_set_in_it() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("# ")] == []


def test_its_values_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(PROJECT)  # folders are given from here
    uncommented = tmp_path / "env"
    uncommented.write_text(ASSIGNMENT.sub(r"\1=\2", EXAMPLE.read_text("utf-8")), "utf-8")

    given = Settings(_env_file=uncommented).model_dump()
    default = Settings(_env_file=None).model_dump()

    for folder in ("data_folder", "trees_folder"):
        given[folder] = given[folder].absolute()
    assert given == default


def test_the_servers_values_are_its_documented_defaults() -> None:
    listed = dict(ASSIGNMENT.findall(EXAMPLE.read_text("utf-8")))
    for name, field in ServerOptions.model_fields.items():
        default = "" if field.is_required() or field.default is None else str(field.default)
        assert listed[LLM_PREFIX + name.upper()] == default
