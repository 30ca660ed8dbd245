"""An answer is signed on the experts' page, and mothers no longer read that nobody has reviewed it:
the YAML, the lint, the graph, the chat."""

import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from agent.service import Service, open_service
from agent.settings import Settings, load_settings
from agent.texts import load_texts
from records.events import Replied
from tests.integration.conftest import SHIPPED, Conversation, GraphServer
from tests.judging import COOKIE, signed_in, unnoted
from tests.trees import write_small
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice
from ui.experts.judging.correcting import load_folder
from ui.experts.judging.sign import USE, sign_pages
from ui.experts.ways import SIGN
from ui.tree_findings import findings_of


@pytest.fixture
def settings(graph_server: GraphServer, tmp_path: Path) -> Settings:
    """Those of a house with a small tree of its own, in files that may be written."""
    trees = tmp_path / "trees"
    write_small(trees / "prueba")
    for name in ("redflags.yaml", "outdated_advice.yaml", "phones.yaml"):
        shutil.copyfile(SHIPPED / name, trees / name)
    return load_settings(
        data_folder=tmp_path / "data",
        trees_folder=trees,
        tree="prueba",
        navigator="menu",
        **graph_server.settings(),
    )


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with open_service(settings) as opened:
        yield opened


@pytest.fixture
def ana(settings: Settings, service: Service) -> TestClient:
    folder = settings.trees_folder / settings.tree
    use = partial(load_folder, service.store, folder)
    app = FastAPI()
    app.include_router(sign_pages(folder, load_texts("es"), signed_in, dict, use, unnoted))
    return TestClient(app, cookies={COOKIE: "ana"})


def answer(service: Service, thread: str) -> Replied:
    """What a mother reads who says that it does not hurt."""
    mother = Conversation(service.assistant, thread)
    for said in ("hola", "Dolor"):
        mother.say(said)
    return mother.say("No me duele").replied


def test_from_the_click_to_what_mothers_read(
    settings: Settings, service: Service, ana: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answer(service, "before")
    assert (before.node, before.reviewed) == ("dolor-agarre", False)
    folder = settings.trees_folder / "prueba"
    faults = findings_of(read_tree(folder), settings)

    page = ana.get(SIGN, params={"nodo": "dolor-agarre"}).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    signer = {"name": "Ana López", "profession": "matrona", "professional": "1"}
    assert "Está escrito en dolor.yaml" in ana.post(SIGN, data=fields | signer).text

    signed = read_tree(folder)
    leaf = signed.by_id["dolor-agarre"]
    assert isinstance(leaf, Advice)
    assert leaf.is_reviewed
    now = findings_of(signed, settings)
    assert {finding.rule for finding in now} <= {finding.rule for finding in faults}
    assert "unreviewed" not in {f.rule for f in now if f.about == "dolor-agarre"}

    assert not answer(service, "still the old tree").reviewed
    used = ana.post(USE, data={"mark": fields["mark"]})
    assert signed.version in used.text
    monkeypatch.setattr("agent.brains._ACTIVE_FOR", 0.0)  # else it is looked up every ten seconds
    after = answer(service, "after")
    assert (after.node, after.reviewed) == ("dolor-agarre", True)
