"""`nodriza tree diff`, `preview`, `sign` and `publish`: from a draft to what mothers talk to."""

import dataclasses
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from agent.settings import Settings, load_settings
from agent.texts import load_texts
from records.store import Records
from tools.diff import diff as compare
from tools.errors import TreeError, UnknownTree
from tools.formats.yaml_edit import set_in_topic
from tools.signing import Signature
from tools.signing import sign as sign_leaf
from tools.tree import Advice, Referral, Topic, Tree
from ui.tree_commands.source import AsJson, Source, err, out, read
from ui.tree_diff import in_words, open_conversations
from ui.tree_findings import findings_of, for_programs

Folder = Annotated[
    Path | None, typer.Option("--tree", help="The tree's folder; left out: that of the settings")
]


def diff(
    before: Annotated[
        Path | None, typer.Argument(help="Folder or JSON file; left out: the tree in use")
    ] = None,
    after: Annotated[
        Path | None, typer.Argument(help="Folder or JSON file; left out: that of the settings")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what differs between two trees: what is less safe, what changed, whom it touches."""
    settings = load_settings()
    old = _in_use(settings) if before is None else read(before)
    new = read(after)
    found = compare(old, new)
    today = date.today()
    past, now = (findings_of(tree, settings, today=today) for tree in (old, new))
    known = set(past)
    new_findings = [finding for finding in now if finding not in known]
    texts = load_texts(settings.language)
    places = _open_places(settings, old.version)
    if as_json:
        content = dataclasses.asdict(found) | {
            "new_findings": [for_programs(finding, texts) for finding in new_findings],
            "open_conversations": len(places),
        }
        out.print_json(json.dumps(content))
        return
    if old.version == new.version:
        out.print(texts("diff.same"))
        return
    sections = in_words(found, texts, new_findings, len(known - set(now)))
    touched = open_conversations(old, found, places, texts)
    for heading, lines in [*sections, *([touched] if touched else [])]:
        colour = "red" if heading == texts("diff.dangers") else "cyan"
        out.print(f"\n[bold {colour}]{escape(heading)}[/]")
        for line in lines:
            out.print(escape(line), highlight=False, soft_wrap=True)


def preview(
    tree: Source = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one")] = 0,
) -> None:
    """Open a tree in the chat, drafts included; what is said there is thrown away at the end."""
    from ui.serve import run

    draft = read(tree)
    with tempfile.TemporaryDirectory(prefix="nodriza-preview-") as folder:
        settings = load_settings(
            tree=draft.id,
            data_folder=Path(folder),
            ui_host="127.0.0.1",
            ui_port=port,
        )
        # Never in the graph and the record that mothers use.
        alone = settings.model_copy(update={"graph_uri": None, "records_url": None})
        run(alone, lambda text: err.print(f"[dim]nodriza:[/dim] {text}"), draft)


def sign(
    what: Annotated[list[str], typer.Argument(help="Ids of answers, or of topics for all theirs")],
    by: Annotated[str, typer.Option(help="Name and profession of who has read and approves them")],
    on: Annotated[str | None, typer.Option(help="Date, YYYY-MM-DD; left out: today")] = None,
    text: Annotated[
        str | None, typer.Option(help="Fingerprint of the words that were read, of one answer")
    ] = None,
    tree: Folder = None,
) -> None:
    """Note in the tree's files that a professional has read these answers and approves them."""
    folder, content = _folder(tree)
    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError:
        raise TreeError(f"{on!r} is no date: write it as YYYY-MM-DD") from None
    leaves = _leaves(content, what)
    if text and len(leaves) != 1:
        raise TreeError(f"--text {text!r} is of one answer, and these are {len(leaves)}")
    for leaf in leaves:
        signature = Signature(leaf.id, by, day.isoformat(), text or leaf.text_checksum)
        path = sign_leaf(folder, signature)
        out.print(f"{path.name}: {leaf.id} «{leaf.title}»", highlight=False)


def publish(
    topic: Annotated[str, typer.Argument(help="A draft topic's id")],
    unreviewed: Annotated[
        bool,
        typer.Option(
            "--unreviewed", help="Although answers are unsigned: mothers see that they are"
        ),
    ] = False,
    tree: Folder = None,
) -> None:
    """Turn a draft topic into a published one; `nodriza tree load` then puts it into use."""
    folder, content = _folder(tree)
    found = _topic(content, topic)
    unsigned = [leaf for leaf in _leaves(content, [topic]) if not leaf.is_reviewed]
    if unsigned and not unreviewed:
        raise TreeError(
            f"topic {topic!r} has unsigned answers; have them signed (nodriza tree sign),"
            " or publish with --unreviewed:",
            tuple(f"{leaf.id}: {leaf.title}" for leaf in unsigned),
        )
    if found.status == "published":
        raise TreeError(f"topic {topic!r} is published already")
    path = set_in_topic(folder, topic, {"status": "published"})
    out.print(f"{path.name}: {topic} is published ({len(unsigned)} answers unsigned)")


def _in_use(settings: Settings) -> Tree:
    from agent.service import open_store

    with open_store(settings, lambda text: err.print(text)) as store:
        try:
            return store.read_tree(store.active(settings.tree).version)
        except UnknownTree as error:
            raise UnknownTree(f"{error}; name both trees to compare") from error


def _open_places(settings: Settings, version: str) -> list[str | None]:
    """The nodes that the open conversations on a version are at."""
    if not settings.records_url and not settings.data_folder.exists():
        return []  # nobody has talked here yet
    records = Records.open(settings.chosen_records_url)
    try:
        return [summary.node for summary in records.open_on(version)]
    finally:
        records.close()


def _folder(tree: Path | None) -> tuple[Path, Tree]:
    settings = load_settings()
    folder = tree or settings.trees_folder / settings.tree
    if not folder.is_dir():
        raise TreeError(
            f"{str(folder)!r} is no folder: a tree is signed and published in its YAML files"
        )
    return folder, read(folder)


def _topic(tree: Tree, name: str) -> Topic:
    found = next((topic for topic in tree.topics if topic.id == name), None)
    if found is None:
        valid = ", ".join(topic.id for topic in tree.topics)
        raise TreeError(f"no topic {name!r}; valid: {valid}")
    return found


def _leaves(tree: Tree, names: list[str]) -> list[Advice | Referral]:
    topics = {topic.id for topic in tree.topics}
    leaves = {node.id: node for node in tree.nodes if isinstance(node, Advice | Referral)}
    unknown = tuple(name for name in names if name not in topics | leaves.keys())
    if unknown:
        raise TreeError("no answer or topic has these ids:", tuple(repr(name) for name in unknown))
    wanted = set(names)
    return [
        leaf
        for leaf in leaves.values()
        if leaf.id in wanted or tree.topic_of.get(leaf.id) in wanted
    ]
