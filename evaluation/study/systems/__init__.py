"""The systems that are compared, one file each, behind evaluation/study/system.py."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from agent.brains import Brains
from agent.models.prices import Prices, read_prices
from agent.models.providers import NamedModel
from agent.service import measured_trust
from agent.settings import Navigator, Settings
from agent.state import Parts
from agent.turns import House
from evaluation.measurement import Progress
from evaluation.speed.bench_house import Bench, open_apart
from evaluation.study.arm import Arm, ArmError
from evaluation.study.system import System
from evaluation.study.systems.bare_tree import without_examples
from evaluation.study.systems.faq import Faq
from evaluation.study.systems.leaves import Leaves
from evaluation.study.systems.ours import Ours
from evaluation.study.systems.rag import Rag
from evaluation.study.systems.react import React
from evaluation.study.systems.text2cypher import TextToCypher
from tools.drafts import published
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

Models = Callable[[Arm], tuple[NamedModel, ...]]
"""The chat models of an arm, the one that is asked first in front; none for an arm without."""


@dataclass(frozen=True)
class Opened:
    """The systems of a study, ready to be talked to from many threads."""

    bench: Bench
    """The house they share: its tree, and the texts of its buttons."""
    systems: Mapping[str, System]
    """By the name of their arm."""


@contextmanager
def open_systems(
    arms: Sequence[Arm], settings: Settings, record: str, models: Models, say: Progress
) -> Iterator[Opened]:
    """A system for each arm, on one house of their own; closed again at the end of the block.

    Conversations of ours are kept in the database at the URL `record`. Raises ArmError when two
    arms have one name, MissingExtra where what an arm needs is not installed.
    """
    names = [arm.name for arm in arms]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ArmError(f"arms: {twice} more than once; valid: a name for each")
    foreign = any(arm.system == "text2cypher" for arm in arms)
    with open_apart(settings, say, record, foreign_queries=foreign) as bench, ExitStack() as stack:
        opener = _Opener(settings, bench, stack, say)
        yield Opened(bench, {arm.name: opener.opened(arm, models(arm)) for arm in arms})


class _Opener:
    """Makes systems, and what several of them share once."""

    def __init__(self, settings: Settings, bench: Bench, stack: ExitStack, say: Progress) -> None:
        self._settings = settings
        self._bench = bench
        self._stack = stack
        self._say = say
        self._prices: Prices = read_prices(settings.prices_file)
        self._language = bench.house.texts("agent.language")

    def opened(self, arm: Arm, models: tuple[NamedModel, ...]) -> System:
        bench, prices = self._bench, self._prices
        match arm.system:
            case "menu":
                return self._ours(arm, "menu", models)
            case "ours":
                assert arm.navigator is not None
                return self._ours(arm, arm.navigator, models)
            case "faq":
                return Faq(arm.name, self._leaves, bench.house.texts("agent.none_fits"))
            case "rag":
                return Rag(arm.name, self._leaves, models[0], prices, self._language)
            case "react":
                return React(arm.name, bench, models[0], prices)
            case "text2cypher":
                graph = (bench.store, bench.tree)
                return TextToCypher(arm.name, *graph, models[0], prices, self._language)

    def _ours(self, arm: Arm, navigator: Navigator, models: tuple[NamedModel, ...]) -> Ours:
        bare = "no_examples" in arm.ablation
        house: House = replace(
            self._bench.house,
            brains=self._bare_brains if bare else self._bench.house.brains,
            navigator=navigator,
            models=models,
            # Trust is measured on the tree as it is published, not on the study's copies.
            trust_of=lambda navigator, _version, model: measured_trust(
                self._settings, navigator, self._published, model
            ),
            phrasing="model" if "model_phrasing" in arm.ablation else "tree",
            parts=Parts(
                facts="no_facts" not in arm.ablation,
                information_gain="no_information_gain" not in arm.ablation,
            ),
        )
        tree = self._bare_tree if bare else self._bench.tree
        ours = Ours(arm.name, house, tree, self._prices)
        self._stack.callback(ours.close)
        return ours

    @cached_property
    def _leaves(self) -> Leaves:
        tree = self._bench.tree
        self._say(f"encoding the answers of {tree.version} for the baselines")
        return Leaves(tree, self._bench.encoder)

    @cached_property
    def _published(self) -> str:
        settings = self._settings
        return published(read_tree(settings.trees_folder / settings.tree)).version

    @cached_property
    def _bare_tree(self) -> Tree:
        return without_examples(self._bench.tree)

    @cached_property
    def _bare_brains(self) -> Brains:
        """What finds its way in the tree without examples, and has learnt from no messages."""
        bench, tree = self._bench, self._bare_tree
        self._say(f"loading the tree {tree.version}, which has no examples")
        self._stack.callback(bench.store.delete, tree.version)
        bench.store.load(tree)
        return Brains(bench.house.brains.store, tree.id, tree.language, bench.encoder)
