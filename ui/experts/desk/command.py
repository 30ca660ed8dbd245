"""`nodriza analyse IN -o OUT`: what many consultations say, from a CSV file, without a model."""

from pathlib import Path
from typing import Annotated

import typer


def analyse(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A CSV file", exists=True, dir_okay=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A new file; standard output without it")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The column with the texts: texto or text by default")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A line of JSON each, with all that was found")
    ] = False,
) -> None:
    """Say what each consultation of a CSV file tells: dangers, topics, questions to ask, draft.

    A row that cannot be read has the reason in its column `error`; none is left out.
    """
    # Imported here: it takes a second, and every other command would wait for it.
    from ui.experts.desk.batch import run

    run(source, out, column, as_json=as_json)
