"""`nodriza tree …`: what editors do with a tree."""

import typer

from ui.tree_commands.check import check
from ui.tree_commands.convert import draw, export, schema
from ui.tree_commands.edit import diff, preview, publish, sign
from ui.tree_commands.examples import examples
from ui.tree_commands.graph import encode, load
from ui.tree_commands.importing import import_tree
from ui.tree_commands.look import show, stats

app = typer.Typer(
    help="Check, load, look at, convert and edit decision trees.", no_args_is_help=True
)
for command in (
    check,
    load,
    show,
    export,
    draw,
    schema,
    stats,
    encode,
    diff,
    preview,
    sign,
    publish,
    examples,
):
    app.command()(command)
app.command("import")(import_tree)
