"""`nodriza tree load` and `encode`: put a tree into use."""

from rich.progress import Progress

from agent.settings import load_settings
from tools.drafts import published
from ui.tree_commands.source import Source, err, out, read


def load(tree: Source = None) -> None:
    """Put a tree's published topics into use in the graph; open conversations stay in theirs."""
    from agent.service import open_store

    content = published(read(tree))
    with open_store(load_settings(), lambda text: err.print(text)) as store:
        with Progress(console=err) as progress:
            task = progress.add_task(f"loading {content.version}")
            store.load(
                content, lambda done, total: progress.update(task, completed=done, total=total)
            )
        out.print(f"{content.version} is in use ({len(content.nodes)} nodes)")


def encode(tree: Source = None) -> None:
    """Write what is shipped beside a tree, so that its first start encodes and learns nothing."""
    from agent.vectors import ship_beside

    settings = load_settings()
    folder = (tree or settings.trees_folder / settings.tree).parent
    for told in ship_beside(read(tree), folder):
        out.print(told, highlight=False)
