"""One arm of the study: a system, with what it is run on and what is taken from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from agent.models.providers import PROVIDERS
from agent.settings import Navigator
from tools.errors import NodrizaError

SystemName = Literal["ours", "menu", "faq", "rag", "react", "text2cypher"]
Ablation = Literal["no_examples", "no_facts", "no_information_gain", "model_phrasing"]
WITH_MODEL = ("rag", "react", "text2cypher")
"""Systems that cannot do without a chat model."""
WITHOUT_MODEL = ("menu", "faq")
"""Systems that ask none."""
LED = ("scored", "tools")
"""Navigators of ours that ask a model."""


class ArmError(NodrizaError):
    """An arm that cannot be run; the text quotes the value and says what is valid."""


@dataclass(frozen=True)
class Arm:
    """What one row of the study's table is made with. Raises ArmError when made wrongly."""

    name: str
    """As in the results; no "|"."""
    system: SystemName
    navigator: Navigator | None = None
    """Of ours, and only of ours."""
    model: str | None = None
    """provider:name, as in NODRIZA_MODEL."""
    base_url: str | None = None
    """Of its server, as in NODRIZA_MODEL_BASE_URL."""
    api_key_env: str | None = None
    """The environment variable with its key: a key itself stands in no study file."""
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Arguments of the model's constructor, as in NODRIZA_MODEL_PARAMETERS."""
    ablation: tuple[Ablation, ...] = ()
    """What is taken from ours, or put into it."""

    def __post_init__(self) -> None:
        """See that its parts go together."""
        where = f"arm {self.name!r}"
        if not self.name or "|" in self.name:
            raise ArmError(f"{where}: name; valid: a text without '|'")
        _check_one_of(where, "system", self.system, get_args(SystemName))
        for switch in self.ablation:
            _check_one_of(where, "ablation", switch, get_args(Ablation))
        if self.system == "ours":
            _check_one_of(where, "navigator", self.navigator, get_args(Navigator))
        elif self.navigator or self.ablation:
            raise ArmError(
                f"{where}: navigator={self.navigator!r} ablation={self.ablation!r} of system"
                f" {self.system!r}; valid: none, only 'ours' has them"
            )
        self._check_model(where)

    def _check_model(self, where: str) -> None:
        needs = self.system in WITH_MODEL or self.navigator in LED
        needs |= "model_phrasing" in self.ablation
        if needs and not self.model:
            raise ArmError(f"{where}: model is missing; valid: provider:name")
        if self.model and self.system in WITHOUT_MODEL:
            raise ArmError(f"{where}: model={self.model!r}; valid: none for {self.system!r}")
        if self.model and self.model.partition(":")[0] not in PROVIDERS:
            raise ArmError(
                f"{where}: model={self.model!r}; valid: provider:name with one of"
                f" {', '.join(PROVIDERS)}"
            )


def _check_one_of(where: str, key: str, value: str | None, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise ArmError(f"{where}: {key}={value!r}; valid: {', '.join(valid)}")
