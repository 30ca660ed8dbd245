"""Errors of the graph, the tree and its tools.

    NodrizaError                the turn or the command ends; the operator sees the cause
    ├── SettingsError           a setting is wrong (agent/settings.py)
    │   └── MissingExtra        an optional package is not installed
    ├── TreeError               a tree does not validate, or a version is not there
    │   └── UnknownTree         no such tree, version or node in the graph
    ├── GraphUnavailable        the graph cannot be reached, or answered with a failure
    │   └── GraphInUse          another process owns the embedded graph
    ├── ModelUnavailable        the chat model cannot be reached, or gave no usable reply
    └── BackupError             a backup cannot be written, read or put back
    ToolError                   the model can mend it; it sees the text
    ├── IllegalMove             not among the moves that are legal now
    ├── QueryRefused            a query of its own does not only read, or the server refused it
    └── UnfoundedQuote          the quote is not in her words, or does not carry the value

The record has an error of its own, records.store.RecordError: records and tools do not know
each other.
"""


class NodrizaError(Exception):
    """The turn or the command ends; nothing that was stored is lost."""


class SettingsError(NodrizaError):
    """A setting is wrong: the text quotes the value and says what is valid."""


class MissingExtra(SettingsError):
    """What is asked for needs an optional package, which is not installed."""

    def __init__(self, what: str, extra: str, cause: object) -> None:
        super().__init__(
            f"{what} needs the extra {extra!r} ({cause}); install it with:"
            f" uv pip install --python .venv/bin/python '.[{extra}]'"
        )


class TreeError(NodrizaError):
    """A tree does not validate. `problems` has one line per problem, with file and line."""

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join((message, *problems)))
        self.problems = problems


class UnknownTree(TreeError):
    """The graph holds no such tree, version or node."""


class GraphUnavailable(NodrizaError):
    """The graph cannot be reached or failed to answer."""


class GraphInUse(GraphUnavailable):
    """The embedded graph's folder belongs to another running process."""


class ModelUnavailable(NodrizaError):
    """The chat model cannot be reached or gave no usable reply."""


class BackupError(NodrizaError):
    """A backup cannot be written, read or put back."""


class ToolError(Exception):
    """The model asked for something that cannot be done and can mend it: it is shown the text."""


class IllegalMove(ToolError):
    """The move is not among those that are legal at this position."""


class QueryRefused(ToolError):
    """A query that a model wrote does not only read, is wrong, or takes too long."""


class UnfoundedQuote(ToolError):
    """The quote is not in the mother's words, or does not say the value."""
