"""A JSON file of another program, checked part by part: every problem at once, with its line."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from tools.formats.json_file import lines_of, load_json
from tools.formats.yaml_folder import Location

_Part = TypeVar("_Part")


class LocatedJson:
    """A JSON file, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        """Raises TreeError, with file and line, when it is not JSON."""
        text, self.content = load_json(path)
        self.problems: list[str] = []
        """What was found so far: "chart.json:12: nodes.3.label: Field required"."""
        self._file = path.name
        self._lines, repeated = lines_of(text)
        for location in repeated:
            self.problem(location, f"key {location[-1]!r} is given twice")

    def problem(self, location: Location, text: str) -> None:
        """Note what is wrong with the value at `location`."""
        while location not in self._lines:
            location = location[:-1]
        self.problems.append(f"{self._file}:{self._lines[location]}: {text}")

    def part(self, location: Location, value: object, layout: TypeAdapter[_Part]) -> _Part | None:
        """`value`, which stands at `location`, in its layout; None, and noted, if it has another"""
        try:
            return layout.validate_python(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = (*location, *detail["loc"])
                missing = detail["type"] == "missing" or isinstance(detail["input"], dict | list)
                given = "" if missing else f" (got {detail['input']!r})"
                self.problem(where, f"{'.'.join(map(str, where))}: {detail['msg']}{given}")
            return None
