"""The compose service `llm`: its options are options of `nodriza llm serve`."""

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


def test_its_options_are_options_and_are_valid(service: dict[str, Any]) -> None:
    options = {
        name.removeprefix(LLM_PREFIX).lower(): value
        for name, value in service["environment"].items()
    }
    chosen = ServerOptions.model_validate(options)
    (volume,) = service["volumes"]
    assert chosen.model is not None
    assert chosen.model.startswith(volume.split(":")[1] + "/")
    assert chosen.host == "0.0.0.0"
    assert f":{chosen.port}/v1/models" in service["healthcheck"]["test"][-1]


def test_nobody_outside_the_network_of_the_services_reaches_it(service: dict[str, Any]) -> None:
    """It asks for no key."""
    assert "ports" not in service
