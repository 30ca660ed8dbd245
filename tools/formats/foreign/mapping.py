"""A mapping file: which labels and properties of somebody's Neo4j database mean what to us."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tools.errors import TreeError
from tools.formats.yaml_folder import parse_yaml
from tools.tree import Slug, Text, Urgency


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TreeHead(_Part):
    """What the database does not say about the tree."""

    id: Slug
    title: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "es"
    licence: Text


class Questions(_Part):
    """Nodes that ask something."""

    label: Text
    text: Text
    """Property with the question's words."""
    id: Text | None = None
    """Property that our id is made from; left out: the database's own id."""
    help: Text | None = None


class UrgencyFrom(_Part):
    """How soon she must be seen, by a property's value."""

    property: Text
    values: dict[str, Urgency]
    default: Urgency | None = None
    """For nodes without the property; left out: they are an error."""


class Answers(_Part):
    """Nodes where a way ends."""

    label: Text
    text: Text
    id: Text | None = None
    title: Text | None = None
    """Left out: the beginning of the text."""
    normal: Text | None = None
    seek_help: Text | None = None
    urgency: UrgencyFrom | Urgency = "none"
    service: Text | None = None
    """Property that says who she should see; a node that has it is a referral."""


class Options(_Part):
    """The answers to a question: relationships to what follows, or nodes in between."""

    relationships: tuple[Text, ...] = Field(min_length=1)
    """Types that leave a question; `<TYPE` follows one against its direction."""
    node: Text | None = None
    """Label of the node in between; left out: the relationship itself is the option."""
    onward: tuple[Text, ...] = ()
    """Types that leave the node in between."""
    text: Text | None = None
    """Property with the option's words; left out: the relationship's type (SI, NO)."""
    position: Text | None = None
    """Property that says which comes first."""
    examples: Text | None = None
    """Property with ways of saying it: a list, or one text with | between them."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Options":
        if bool(self.node) != bool(self.onward):
            raise ValueError("'node' and 'onward' go together: options are nodes or relationships")
        if self.node and not self.text:
            raise ValueError("options that are nodes need 'text', the property with their words")
        return self


class Topics(_Part):
    """Nodes that name a problem area and lead to its first question."""

    label: Text
    starts: tuple[Text, ...] = Field(min_length=1)
    """Types of the relationship from a topic to its first node."""
    title: Text
    id: Text | None = None
    summary: Text | None = None
    """Left out: the title."""
    examples: Text | None = None


class Sources(_Part):
    """Nodes for the pages that answers rest on."""

    label: Text
    cited_by: tuple[Text, ...] = Field(min_length=1)
    """Types of the relationship from an answer to its source."""
    title: Text
    url: Text
    organisation: Text | None = None
    year: Text | None = None
    checked_on: Text | None = None


class Mapping(_Part):
    """The whole file."""

    tree: TreeHead
    questions: tuple[Questions, ...] = Field(min_length=1)
    answers: tuple[Answers, ...] = Field(min_length=1)
    options: tuple[Options, ...] = Field(min_length=1)
    topics: Topics | None = None
    """Left out: every question that no option leads to starts a topic of its own."""
    sources: Sources | None = None
    see_also: tuple[Text, ...] = ()
    """Types of relationships between answers that are worth offering afterwards."""
    ignore: tuple[Text, ...] = ()
    """Labels that are no part of the tree."""
    more: Text | None = None
    """Label of the option that leads to further ones where a question has more than six."""


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises TreeError with every problem."""
    try:
        return Mapping.model_validate(parse_yaml(path.read_text("utf-8")))
    except ValidationError as error:
        problems = tuple(
            f"{path.name}: {'.'.join(map(str, detail['loc']))}: "
            f"{detail['msg'].removeprefix('Value error, ')}{_given(detail['input'])}"
            for detail in error.errors(include_url=False)
            if not _follows_from_another(detail)
        )
        raise TreeError(f"{str(path)!r} is no valid mapping:", problems) from error
    except (OSError, yaml.YAMLError) as error:
        raise TreeError(f"{str(path)!r} cannot be read: {error}") from error


def _given(value: object) -> str:
    return "" if isinstance(value, dict | list) else f" (got {value!r})"


def _follows_from_another(detail: ErrorDetails) -> bool:
    """A bad item makes its list too short; keys and values are no level either."""
    return detail["type"] in ("too_short", "literal_error") and bool(
        detail["input"] and isinstance(detail["input"], dict | list)
    )


Kind = Literal["question", "answer", "option", "topic", "source"]
"""What a label can be."""
