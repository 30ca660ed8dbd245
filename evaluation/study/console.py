"""What the terminal shows of a study that runs: each arm, the cost so far, the time left."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from evaluation.bench_console import err
from evaluation.study.run import Advance, Budget


def say(text: str) -> None:
    """Tell the operator what is going on."""
    err.print(f"[dim]study:[/dim] {text}", highlight=False, soft_wrap=True)


@contextmanager
def resumable() -> Iterator[None]:
    """Tells whoever interrupts a run what becomes of it."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        say("stopped between two messages: the same command goes on from there")
        raise


class LiveProgress:
    """A bar for each arm and one for all."""

    @contextmanager
    def showing(self, budget: Budget) -> Iterator[Advance]:
        """While the attempts are made."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=err) as progress:
            everything = progress.add_task("all", total=None, note="")
            bars: dict[str, TaskID] = {}
            counts: dict[str, tuple[int, int]] = {}

            def advance(arm: str, done: int, total: int) -> None:
                if arm not in bars:
                    bars[arm] = progress.add_task(arm, total=total, completed=done, note="")
                counts[arm] = done, total
                progress.update(bars[arm], completed=done)
                progress.update(
                    everything,
                    completed=sum(made for made, _ in counts.values()),
                    total=sum(planned for _, planned in counts.values()),
                    note=cost(budget),
                )

            yield advance


def cost(budget: Budget) -> str:
    """What was spent, and what of it is not known."""
    spent = f"{budget.spent:.4f} USD"
    return f"{spent} and what {', '.join(budget.unknown)} cost" if budget.unknown else spent
