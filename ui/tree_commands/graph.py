"""`nodriza tree load` and `encode`: put a tree into use."""

from rich.progress import Progress

from agent.settings import load_settings
from tools.drafts import published
from tools.errors import TreeError
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
    """Write the vectors that are shipped beside a tree, so that its first start encodes nothing."""
    from agent.service import make_encoder
    from agent.vectors import ship_vectors

    settings = load_settings()
    content = read(tree)
    encoder = make_encoder(settings)
    if encoder is None:
        raise TreeError("no encoder is installed on this platform")
    path = (tree or settings.trees_folder / settings.tree).with_suffix(".vectors.npz")
    count = ship_vectors(content, encoder, path)
    out.print(f"{count} vectors: {path}", highlight=False)
