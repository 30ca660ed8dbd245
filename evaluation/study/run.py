"""Makes a study's attempts: side by side, each once, within the budget; stops and goes on cleanly.

    tasks in their order ──▶ threads ──▶ one line each, as it is done

Conversations begin in the order of the tasks. With more than one at a time, lines may stand in
another one: whoever reads them goes by their ids.
"""

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from agent.models.prices import Price, cost_of
from evaluation.cases import WalkCase
from evaluation.results import Results
from evaluation.study.attempt import Attempt
from evaluation.study.journal import Journal
from evaluation.study.mothers import Mother
from evaluation.study.system import System
from evaluation.study.talk import Talk, Task

_MOST_FAILED = 10
"""Failed attempts in a row after which something is broken that the next ones need too."""
Advance = Callable[[str, int, int], None]
"""Is told of an arm how many of its attempts are done, and of how many."""


@dataclass(frozen=True)
class Party:
    """Who talks with whom."""

    systems: Mapping[str, System]
    """By the arm's name."""
    mother_of: Callable[[WalkCase], Mother]
    """A new mother for a case."""


def tasks(cases: Sequence[WalkCase], arms: Sequence[str], repeats: int, seed: int) -> list[Task]:
    """All attempts of a study. A case has been through all arms before the next one begins, so that
    a study that is stopped can be compared as far as it went.

    Which arm begins is drawn for each case: what one has encoded is there for those behind it, and
    no arm must be the one that always waits for it.
    """
    return [
        Task(case, arm, repeat)
        for repeat in range(repeats)
        for case in cases
        for arm in _drawn(arms, f"{seed} {case.id} {repeat}")
    ]


def _drawn(arms: Sequence[str], seed: str) -> list[str]:
    return random.Random(seed).sample(arms, len(arms))  # noqa: S311 - reproducible, not secret


def unfinished(planned: Sequence[Task], results: Results[Attempt]) -> list[Task]:
    """The attempts that have no result, or a failed one."""
    return [t for t in planned if t.id not in results.done or _has_failed(results.done[t.id])]


@dataclass
class Budget:
    """What a study has spent and may spend, in US dollars."""

    journal: Journal
    prices: Mapping[str, Price]
    limit: float | None = None

    @property
    def spent(self) -> float:
        """The known costs of all answered calls, those of killed runs included."""
        return sum(
            cost_of(self.prices[model], its.read, its.cached, its.written)
            for model, its in self.journal.spent().items()
            if model in self.prices
        )

    @property
    def unknown(self) -> list[str]:
        """Models whose calls have a cost that is not known."""
        return [
            model
            for model, its in self.journal.spent().items()
            if its.untold or model not in self.prices
        ]

    def halt(self) -> str | None:
        """Why no conversation may begin any more."""
        if self.limit is None or self.spent < self.limit:
            return None
        return (
            f"{self.spent:.4f} of {self.limit:g} USD are spent: no conversation is begun any more;"
            " go on with a higher budget_usd"
        )


@dataclass
class Run:
    """One run of a study's attempts, or of those that are left."""

    party: Party
    journal: Journal
    budget: Budget
    results: Results[Attempt]
    parallel: int
    advance: Advance
    stopping: threading.Event = field(default_factory=threading.Event)
    failed_in_a_row: int = 0
    total: Counter[str] = field(default_factory=Counter)
    """Attempts by arm."""
    done: Counter[str] = field(default_factory=Counter)

    def make(self, planned: Sequence[Task]) -> str | None:
        """Make the attempts that have no result, or a failed one; why it ended early, else None.

        Whatever interrupts it, conversations under way stop before their next message and go on
        from there in the next run.
        """
        left = deque(unfinished(planned, self.results))
        if again := [task.id for task in left if task.id in self.results.done]:
            self.results.drop(again)
        self.total = Counter(task.arm for task in planned)
        self.done = self.total - Counter(task.arm for task in left)
        for arm in self.total:
            self.advance(arm, self.done[arm], self.total[arm])
        under_way: dict[Future[Attempt], Task] = {}
        pool = ThreadPoolExecutor(self.parallel, "attempt")
        try:
            while left or under_way:
                while left and len(under_way) < self.parallel and not self._halt():
                    task = left.popleft()
                    under_way[pool.submit(self._talk, task)] = task
                if not under_way:
                    return self._halt()
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in [future for future in under_way if future in done]:
                    self._keep(under_way.pop(future), future.result())
        finally:
            self.stopping.set()
            pool.shutdown(cancel_futures=True)
            for future, task in under_way.items():
                if not future.cancelled() and future.exception() is None:
                    self._keep(task, future.result())
        return None

    def _talk(self, task: Task) -> Attempt:
        talk = Talk(task, self.journal, self.stopping.is_set)
        mother = self.party.mother_of(task.case)
        return talk.between(self.party.systems[task.arm], mother)

    def _keep(self, task: Task, attempt: Attempt) -> None:
        self.failed_in_a_row = self.failed_in_a_row + 1 if _has_failed(attempt) else 0
        self.results.add(task.id, attempt)
        self.done[task.arm] += 1
        self.advance(task.arm, self.done[task.arm], self.total[task.arm])

    def _halt(self) -> str | None:
        if self.failed_in_a_row < _MOST_FAILED:
            return self.budget.halt()
        last = next(reversed(self.results.done.values()))
        return (
            f"{self.failed_in_a_row} attempts failed in a row, the last one with: {last.error};"
            " they are made again when the study is run again"
        )


def _has_failed(attempt: Attempt) -> bool:
    return attempt.outcome == "failed"
