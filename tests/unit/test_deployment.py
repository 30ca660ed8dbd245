"""What can be known of the containers without an engine: names, users, secrets, health, pins."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.llama.server_options import ServerOptions
from agent.settings import LLM_PREFIX, PREFIX, Settings

PROJECT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text("utf-8")
PROFILES = {
    "local": {"neo4j", "llm", "app-local"},
    "api": {"neo4j", "app-api"},
    "scale": {"neo4j", "postgres", "replica", "proxy"},
}
SECRET = re.compile(r"PASSWORD|KEY|AUTH|SECRET|TOKEN")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:?[-?+])([^}]*))?\}")

every_service = pytest.mark.parametrize("name", SERVICES)


def instructions(stage: str) -> list[str]:
    """The Dockerfile's instructions of a stage, one a line."""
    lines = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    kept: list[str] = []
    here = None
    for line in lines:
        if match := re.match(r"FROM \S+ AS (\S+)", line):
            here = match[1]
        if here == stage and line and not line.startswith("#"):
            kept.append(line)
    return kept


def stages() -> dict[str, str]:
    """What each stage begins with."""
    return {name: base for base, name in re.findall(r"^FROM (\S+) AS (\S+)", DOCKERFILE, re.M)}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_starts_what_it_needs(profile: str) -> None:
    started = {name for name, service in SERVICES.items() if profile in service["profiles"]}
    assert started == PROFILES[profile]
    for name in started:
        assert set(SERVICES[name].get("depends_on", {})) <= started


@every_service
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"\d+\.\d+", tag), tag


def test_what_the_images_are_made_from_is_pinned() -> None:
    named = set(stages())
    for base in stages().values():
        assert base in named or re.search(r":\d+\.\d+\.\d+", base), base
    assert re.search(r"pip install \S* uv==\d+\.\d+\.\d+\n", DOCKERFILE)
    assert "uv sync --frozen" in DOCKERFILE


@every_service
def test_nobody_is_root_and_nobody_can_become_it(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")


@pytest.mark.parametrize("stage", ["app", "llm"])
def test_the_images_own_user_is_not_root(stage: str) -> None:
    lines = instructions(stage)
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < len(lines) - 1
    # Nothing is installed or copied once the user is set: its files are root's, so not its own.
    after = lines[lines.index("USER 10001:10001") :]
    assert not any(line.startswith(("RUN", "COPY", "ADD")) for line in after)


@every_service
def test_the_file_system_is_read_only(name: str) -> None:
    # Neo4j's own start-up script writes its configuration.
    assert SERVICES[name].get("read_only", False) is (name != "neo4j")


@every_service
def test_health_is_checked_and_waited_for(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert {"test", "interval", "timeout", "start_period", "retries"} <= set(check)
    for needed in SERVICES[name].get("depends_on", {}).values():
        assert needed == {"condition": "service_healthy"}


@pytest.mark.parametrize("stage", ["app", "llm"])
def test_the_images_check_their_health(stage: str) -> None:
    assert sum(line.startswith("HEALTHCHECK") for line in instructions(stage)) == 1


def test_no_password_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text("utf-8")
    secrets = [found for found in VARIABLE.findall(text) if SECRET.search(found[0])]
    assert {name for name, _, _ in secrets} == {
        "NODRIZA_GRAPH_PASSWORD",
        "NODRIZA_MODEL_API_KEY",
        "POSTGRES_PASSWORD",
    }
    for name, operator, rest in secrets:
        assert (operator == ":?" and rest) or (operator, rest) == ("-", ""), (name, operator, rest)


@every_service
def test_no_secret_is_written_out(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(key):
            assert "${" in value, f"{name}: {key}"


def test_a_missing_key_is_asked_for_by_the_container() -> None:
    """Compose would ask for it in every profile."""
    (script,) = SERVICES["app-api"]["command"]
    assert SERVICES["app-api"]["entrypoint"] == ["sh", "-c"]
    for name in ("NODRIZA_MODEL", "NODRIZA_MODEL_API_KEY"):
        assert f"$${{{name}:?" in script
    assert script.strip().endswith("exec nodriza ui")


@every_service
def test_settings_are_settings(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    given = SERVICES[name].get("environment", {})
    known |= {LLM_PREFIX + option.upper() for option in ServerOptions.model_fields}
    assert {key for key in given if key.startswith(PREFIX)} <= known


@every_service
def test_only_this_machine_reaches_what_is_published(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_data_are_in_named_volumes() -> None:
    used = set()
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source, *_, mode = mount.split(":")
            assert not source.startswith(("/", "..")), mount
            if source.startswith("."):
                assert mode == "ro", f"{mount}: a folder of the host is only read"
                assert (PROJECT / source).exists()
            else:
                used.add(source)
    assert used == set(COMPOSE["volumes"])


def test_what_is_not_named_stays_out_of_the_images() -> None:
    lines = (PROJECT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((PROJECT / name).exists() for name in let_in)
    copied = {
        name
        for line in instructions("build")
        if line.startswith("COPY")
        for name in line.split()[1:-1]
    }
    assert copied == let_in


def test_langgraphs_dev_server_is_for_development_only() -> None:
    """Its licence (Elastic 2.0) is no free one: it is in no installation and in no image."""
    lock = tomllib.loads((PROJECT / "uv.lock").read_text("utf-8"))
    packages = {package["name"]: package for package in lock["package"]}
    ours = packages["nodriza"]
    extras = [item for extra in ours["optional-dependencies"].values() for item in extra]
    shipped = _reached(packages, [*ours["dependencies"], *extras])
    dev = _reached(packages, ours["dev-dependencies"]["dev"])
    not_free = {"langgraph-api", "langgraph-runtime-inmem"}
    assert not_free <= dev
    assert "langgraph" in shipped
    assert shipped.isdisjoint(not_free)
    syncs = [line for line in DOCKERFILE.splitlines() if "uv sync" in line]
    assert syncs
    assert all("--no-dev" in line for line in syncs)


def _reached(packages: dict[str, Any], items: list[dict[str, Any]]) -> set[str]:
    """Names of all packages that some lead to, with the extras that they ask for."""
    found: set[tuple[str, str]] = set()
    todo = [(item["name"], extra) for item in items for extra in ("", *item.get("extra", ()))]
    for name, extra in todo:  # grows on the way
        if (name, extra) in found:
            continue
        found.add((name, extra))
        package = packages[name]
        wanted = (
            package.get("optional-dependencies", {}).get(extra, [])
            if extra
            else package.get("dependencies", [])
        )
        todo += [(item["name"], more) for item in wanted for more in ("", *item.get("extra", ()))]
    return {name for name, _ in found}
