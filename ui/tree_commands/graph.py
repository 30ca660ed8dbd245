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
    from agent.service import make_encoder
    from agent.vectors import ship_vectors
    from tools.head import keep
    from tools.locate import Locator
    from tools.samples import read_samples

    settings = load_settings()
    content = read(tree)
    encoder = make_encoder(settings)
    path = (tree or settings.trees_folder / settings.tree).with_suffix(".vectors.npz")
    samples = read_samples(path.with_name(f"{content.id}.messages.jsonl"))
    count = ship_vectors(content, samples, encoder, path)
    out.print(f"{count} vectors: {path}", highlight=False)
    head = path.with_name(f"{content.id}.head.npz")
    locator = Locator(content.entries, content.language, encoder, samples)
    if locator.head:
        keep(locator.head, locator.head_key, head)
        out.print(f"what was learnt, {len(samples)} messages included: {head}", highlight=False)
