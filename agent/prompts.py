"""The prompts of `prompts/`: Markdown with front-matter, checked and hashed when loaded."""

import hashlib
import string
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from tools.errors import SettingsError

_FOLDER = Path(__file__).parents[1] / "prompts"


@dataclass(frozen=True)
class Prompt:
    """A prompt with named variables."""

    name: str
    version: int
    variables: frozenset[str]
    body: str
    digest: str
    """First twelve hexadecimal digits of the file's SHA-256."""

    @property
    def key(self) -> str:
        """How the record names it: name@version#digest."""
        return f"{self.name}@{self.version}#{self.digest}"

    def render(self, **values: str) -> str:
        """Fill in the variables. Raises SettingsError naming missing or superfluous ones."""
        if values.keys() != self.variables:
            missing = sorted(self.variables - values.keys())
            unknown = sorted(values.keys() - self.variables)
            raise SettingsError(f"prompt {self.name!r}: missing {missing}, unknown {unknown}")
        return self.body.format(**values)


def prompt_names() -> list[str]:
    """All prompts that there are."""
    return sorted(file.stem for file in _FOLDER.glob("*.md"))


@lru_cache
def load_prompt(name: str) -> Prompt:
    """Load `prompts/<name>.md`.

    Raises SettingsError when it is not there, or when its text and its declared variables differ.
    """
    path = _FOLDER / f"{name}.md"
    if not path.is_file():
        raise SettingsError(f"no prompt {name!r}; there are: {', '.join(prompt_names())}")
    text = path.read_text("utf-8")
    _, front, body = text.split("---\n", 2)
    head = yaml.safe_load(front)
    used = {field for _, field, _, _ in string.Formatter().parse(body) if field}
    if used != set(head["variables"]):
        raise SettingsError(
            f"prompt {name!r} declares {sorted(head['variables'])} and uses {sorted(used)}"
        )
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(head["name"], head["version"], frozenset(used), body.strip(), digest)
