"""The child of test_study_kill: conducts a study with tiny systems until it is killed."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from agent.settings import load_settings
from evaluation.measurement import Progress
from evaluation.study.conduct import Conducted, Guests, conduct
from evaluation.study.plan_file import read_plan
from evaluation.study.run import Advance, Budget, Party
from tests.unit.study_party import Asker, Talker


@contextmanager
def tiny_party(guests: Guests, say: Progress) -> Iterator[Party]:
    """Askers with the models of the arms."""
    systems = {
        arm.name: Asker(arm.name, chat=models[0].chat if (models := guests.models(arm)) else None)
        for arm in guests.arms
    }
    yield Party(systems, lambda _case: Talker())


class Quiet:
    """Shows nothing."""

    def showing(self, _budget: Budget) -> nullcontext[Advance]:
        return nullcontext(lambda _arm, _done, _total: None)


def conducted(file: Path, out: Path) -> Conducted:
    """A run of the study in `file` into the folder `out`."""
    settings = load_settings(data_folder=out, model_timeout=20.0)
    plan = read_plan(file)
    return conduct(
        plan, file.parent, out, settings, "study run", tiny_party, Quiet(), lambda _text: None
    )
