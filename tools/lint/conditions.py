"""Logic nodes: conditions that leave a gap, that never hold, or that ask for the impossible.

The truth of a condition changes only at the numbers it names. So it is enough to try, for each
variable, those numbers and the values next to them, in steps of what she can say (a day, a tenth
of a degree), inside the variable's range: exact, and a handful of cases for each node.
"""

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, product

from tools.conditions import Value, parse_condition
from tools.lint.finding import Issue, Subject, rule
from tools.tree import Logic, Variable

_STEPS = {"days": 1.0, "times": 1.0, "g": 1.0, "ml": 1.0, "°C": 0.1, "kg": 0.001, "hours": 0.25}
"""The finest difference that an answer can make."""
_OTHER_STEP = 0.01
_MOST_CASES = 20_000
"""Combinations of values that are tried for one node; a node with more is passed over."""


@rule("condition-gap", "warning")
def condition_gap(subject: Subject) -> Iterator[Issue]:
    """Values between the branches of one number that only `else` takes."""
    for node in subject.logic:
        conditions = tuple(branch.when for branch in node.branches)
        name, *others = {name for when in conditions for name in parse_condition(when).variables}
        variable = subject.tree.variables[name]
        if others or variable.type != "number":
            continue
        for first, last in _gaps(conditions, name, variable):
            key = "what_one" if first == last else "what"
            values = {"first": f"{first:g}", "last": f"{last:g}"}
            values |= {"variable": name, "unit": variable.unit or "none"}
            yield Issue(subject.at(node.id), node.id, key, values)


@rule("condition-never", "error")
def condition_never(subject: Subject) -> Iterator[Issue]:
    """Branches that earlier ones cover, or that no possible values fulfil."""
    variables = subject.tree.variables
    for node in subject.logic:
        for number, (holds, taken) in enumerate(_branches_taken(node, variables)):
            when = node.branches[number].when
            at = subject.at(node.id, "branches", number)
            if not holds:
                yield Issue(at, node.id, "what", {"condition": when})
            elif not taken:
                yield Issue(at, node.id, "what_covered", {"condition": when})


def impossible_numbers(subject: Subject) -> Iterator[Issue]:
    """Comparisons with numbers outside the variable's range, or of yes and no with a number."""
    for node in subject.logic:
        for number, branch in enumerate(node.branches):
            for name, values in _numbers(branch.when).items():
                variable = subject.tree.variables[name]
                at = subject.at(node.id, "branches", number, "when")
                told = {"condition": branch.when, "variable": name}
                for value in sorted(values):
                    compared = told | {"value": f"{value:g}"}
                    if variable.type == "boolean":
                        yield Issue(at, node.id, "what_yes_or_no", compared)
                    elif limits := _exceeded(value, variable):
                        yield Issue(at, node.id, "what_condition", compared | limits)


def _exceeded(value: float, variable: Variable) -> dict[str, str] | None:
    """The limits of a variable, where a value lies outside them."""
    assert variable.min is not None
    assert variable.max is not None
    if variable.min <= value <= variable.max:
        return None
    limits = {"low": f"{variable.min:g}", "high": f"{variable.max:g}"}
    return limits | {"unit": variable.unit or "none"}


def _gaps(
    conditions: Sequence[str], name: str, variable: Variable
) -> Iterator[tuple[float, float]]:
    """The first and last value of each run that no branch takes, the outer ends left out."""
    numbers = {value for when in conditions for value in _numbers(when).get(name, ())}
    values = _values(numbers, variable)
    taken = [any(parse_condition(w).evaluate({name: v}).holds for w in conditions) for v in values]
    edges = [index for index, (a, b) in enumerate(pairwise(taken)) if a != b]
    for left, right in pairwise(edges):
        if not taken[right]:
            yield values[left + 1], values[right]


def _branches_taken(node: Logic, variables: Mapping[str, Variable]) -> list[tuple[bool, bool]]:
    """For each branch: whether it can hold, and whether it can be the first that does."""
    parsed = [parse_condition(branch.when) for branch in node.branches]
    names = list(dict.fromkeys(name for condition in parsed for name in condition.variables))
    numbers = [_numbers(branch.when) for branch in node.branches]
    cases: list[list[Value | None]] = []
    for name in names:
        if variables[name].type == "boolean":
            cases.append([True, False, None])
        else:
            named = {value for found in numbers for value in found.get(name, ())}
            cases.append([*_values(named, variables[name]), None])
    compares_facts = any(_compares_facts(branch.when) for branch in node.branches)
    if compares_facts or math.prod(map(len, cases)) > _MOST_CASES:
        return []
    holding, taken = set[int](), set[int]()
    for values in product(*cases):
        facts = dict(zip(names, values, strict=True))
        now = [i for i, condition in enumerate(parsed) if condition.evaluate(facts).holds]
        holding.update(now)
        taken.update(now[:1])
        if len(taken) == len(parsed):
            break
    return [(index in holding, index in taken) for index in range(len(parsed))]


def _values(numbers: set[float], variable: Variable) -> list[float]:
    """The ends of the range, nothing at all, the numbers, and what is next to them, in order."""
    assert variable.min is not None
    assert variable.max is not None
    step = _STEPS.get(variable.unit or "", _OTHER_STEP)
    near = {variable.min, variable.max}
    for number in {0.0, *numbers}:
        below = math.floor(round(number / step, 6))
        near |= {round((below + offset) * step, 6) for offset in (-1, 0, 1, 2)}
    return sorted(value for value in near if variable.min <= value <= variable.max)


@lru_cache(maxsize=65536)
def _numbers(text: str) -> Mapping[str, frozenset[float]]:
    """The numbers that a condition compares each variable with."""
    found: dict[str, set[float]] = {}
    for comparison in _comparisons(text):
        operands = [comparison.left, *comparison.comparators]
        for one, other in [*pairwise(operands), *pairwise(reversed(operands))]:
            if _is_fact(one) and not isinstance(other, ast.Name):
                value = ast.literal_eval(other)
                values = value if isinstance(value, list | tuple) else [value]
                found.setdefault(ast.unparse(one), set()).update(
                    float(item) for item in values if not isinstance(item, bool)
                )
    return {name: frozenset(values) for name, values in found.items()}


@lru_cache(maxsize=65536)
def _compares_facts(text: str) -> bool:
    """Whether a condition compares a fact with another fact: then the cases are not enough."""
    return any(
        _is_fact(one) and _is_fact(other)
        for comparison in _comparisons(text)
        for one, other in pairwise([comparison.left, *comparison.comparators])
    )


def _is_fact(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id not in ("true", "false")


def _comparisons(text: str) -> Iterator[ast.Compare]:
    """The comparisons of a condition; tools/conditions.py has parsed it the same way."""
    tree = ast.walk(ast.parse(text.strip(), mode="eval"))
    return (node for node in tree if isinstance(node, ast.Compare))
