"""Who talks in a study: its systems in one house, and a simulated mother for each conversation."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.models.prices import read_prices
from evaluation.cases import WalkCase
from evaluation.measurement import Progress
from evaluation.study.conduct import Guests
from evaluation.study.mothers import Mother
from evaluation.study.mothers.model import ModelMother
from evaluation.study.mothers.rules import RuleMother
from evaluation.study.run import Party
from evaluation.study.systems import open_systems


@contextmanager
def open_party(guests: Guests, say: Progress) -> Iterator[Party]:
    """As conduct.OpenParty."""
    settings = guests.settings
    with open_systems(guests.arms, settings, guests.record, guests.models, say) as opened:
        bench = opened.bench
        tree, texts, contents = bench.tree, bench.house.texts, bench.contents
        prices = read_prices(settings.prices_file)

        def mother_of(case: WalkCase) -> Mother:
            if guests.mother is None:
                return RuleMother(case, tree, contents, texts)
            return ModelMother(case, tree, texts, guests.mother, prices)

        yield Party(opened.systems, mother_of)
