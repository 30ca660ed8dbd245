"""The compose service `llm`, as far as it can be checked without a Docker engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.llama.server_options import ServerOptions
from agent.settings import LLM_PREFIX, PROJECT


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))
    found: dict[str, Any] = compose["services"]["llm"]
    return found


@pytest.fixture(scope="module")
def dockerfile(service: dict[str, Any]) -> str:
    name: str = service["build"]["dockerfile"]
    return (PROJECT / name).read_text("utf-8")


def test_its_options_are_options_and_are_valid(service: dict[str, Any]) -> None:
    options = {
        name.removeprefix(LLM_PREFIX).lower(): value
        for name, value in service["environment"].items()
    }
    chosen = ServerOptions.model_validate(options)
    (volume,) = service["volumes"]
    assert volume.split(":")[-2:] == [chosen.model, "ro"]
    assert chosen.host == "0.0.0.0"
    (port,) = service["ports"]
    assert port == f"127.0.0.1:8000:{chosen.port}"
    assert f":{chosen.port}/v1/models" in service["healthcheck"]["test"][-1]


def test_it_has_no_rights_and_writes_nothing(service: dict[str, Any], dockerfile: str) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!root)", last_stage, re.MULTILINE)


def test_its_image_is_pinned_and_has_what_the_command_imports(dockerfile: str) -> None:
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    copied = re.findall(r"^COPY (\S+) /app/", dockerfile, re.MULTILINE)
    wheel = (PROJECT / "pyproject.toml").read_text("utf-8").partition("only-include = [")[2]
    packaged = set(re.findall(r'"([^"]+)"', wheel.partition("]")[0]))
    assert packaged - set(copied) == {"trees"}
    assert all((PROJECT / Path(name)).exists() for name in copied)


def test_the_image_takes_the_uv_that_the_scripts_take(dockerfile: str) -> None:
    script = (PROJECT / "scripts" / "bootstrap.sh").read_text("utf-8")
    version = re.search(r"^UV_VERSION=(\S+)", script, re.MULTILINE)
    assert version is not None
    assert f"uv=={version[1]}" in dockerfile


def test_the_server_replaces_the_shell(dockerfile: str) -> None:
    assert 'CMD ["python", "-m", "cli", "llm", "serve"]' in dockerfile
