"""The small grammar of logic nodes: comparisons on facts, joined by and / or / not / in.

    baby_age_days < 14 and not preterm
    temperature_c >= 38 or mother_unwell == true
    feeds_per_day in [6, 7]

The text is parsed with Python's own parser and only the constructs above are let through.
A fact may be *missing* (never asked) or *unknown* (she was asked and does not know: None).
Evaluation is three-valued (Kleene): an unknown fact makes a comparison undecided, and a branch
is taken only when its condition is certainly true.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tools.errors import TreeError

Value = float | bool
"""A number in the variable's own unit, or yes/no."""

_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_LITERALS = {"true": True, "false": False}


@dataclass(frozen=True)
class Verdict:
    """What a condition comes to, given the facts."""

    holds: bool | None
    """True, False, or None where an unknown or missing fact leaves it undecided."""
    missing: str | None = None
    """The first fact that was never asked and that the verdict depends on."""


@dataclass(frozen=True)
class Condition:
    """A parsed condition."""

    text: str
    variables: tuple[str, ...]
    _body: ast.expr

    def evaluate(self, facts: Mapping[str, Value | None]) -> Verdict:
        """Decide the condition; `missing` names a fact to ask for only when it is undecided."""
        holds, missing = _evaluate(self._body, facts)
        return Verdict(holds, missing if holds is None else None)


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """Parse a condition.

    Raises TreeError with the offending part quoted when the text is not in the grammar.
    """
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TreeError(f"condition {text!r} does not parse: {error}") from error
    variables: list[str] = []
    _check(body, text, variables)
    if not variables:
        raise TreeError(f"condition {text!r} names no fact")
    return Condition(text, tuple(dict.fromkeys(variables)), body)


def _check(node: ast.expr, text: str, variables: list[str]) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text, variables)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text, variables)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            if any(not isinstance(op, _COMPARISONS) for op in ops):
                raise _refused(node, text)
            if len(ops) > 1 and any(isinstance(op, ast.In | ast.NotIn) for op in ops):
                raise _refused(node, text)
            _check_operand(left, text, variables)
            for op, comparator in zip(ops, comparators, strict=True):
                if isinstance(op, ast.In | ast.NotIn):
                    _check_collection(comparator, text)
                else:
                    _check_operand(comparator, text, variables)
        case ast.Name(id=name) if name not in _LITERALS:
            variables.append(name)
        case _:
            raise _refused(node, text)


def _check_operand(node: ast.expr, text: str, variables: list[str]) -> None:
    match node:
        case ast.Name(id=name):
            if name not in _LITERALS:
                variables.append(name)
        case _ if _is_constant(node):
            pass
        case _:
            raise _refused(node, text)


def _check_collection(node: ast.expr, text: str) -> None:
    if not isinstance(node, ast.List | ast.Tuple) or not all(map(_is_constant, node.elts)):
        raise _refused(node, text)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        # A minus before True or False is not a number.
        return isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float | bool)


def _refused(node: ast.expr, text: str) -> TreeError:
    return TreeError(
        f"condition {text!r}: {ast.unparse(node)!r} is not allowed; "
        "use comparisons of facts with numbers or true/false, joined by and, or, not, in"
    )


def _evaluate(node: ast.expr, facts: Mapping[str, Value | None]) -> tuple[bool | None, str | None]:
    match node:
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            results = [_evaluate(value, facts) for value in values]
            if any(holds is decisive for holds, _ in results):
                return decisive, None
            if all(holds is not None for holds, _ in results):
                return not decisive, None
            return None, next((name for _, name in results if name), None)
        case ast.UnaryOp(operand=operand):
            holds, missing = _evaluate(operand, facts)
            return (None, missing) if holds is None else (not holds, None)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _compare(left, ops, comparators, facts)
        case ast.Name(id=name):
            if name not in facts:
                return None, name
            value = facts[name]
            return (None if value is None else bool(value)), None
        case _:
            raise AssertionError(f"unchecked condition: {ast.dump(node)}")


def _compare(
    left: ast.expr,
    ops: list[ast.cmpop],
    comparators: list[ast.expr],
    facts: Mapping[str, Value | None],
) -> tuple[bool | None, str | None]:
    operands = [left, *comparators]
    for operand in operands:
        if isinstance(operand, ast.Name) and operand.id not in {*facts, *_LITERALS}:
            return None, operand.id
    values = [_operand(operand, facts) for operand in operands]
    if any(value is None for value in values):
        return None, None
    return all(map(_holds, ops, values, values[1:])), None


def _operand(node: ast.expr, facts: Mapping[str, Value | None]) -> object:
    if isinstance(node, ast.Name):
        return _LITERALS[node.id] if node.id in _LITERALS else facts[node.id]
    return ast.literal_eval(node)


def _holds(op: ast.cmpop, a: object, b: object) -> bool:
    match op:
        case ast.Eq():
            return a == b
        case ast.NotEq():
            return a != b
        case ast.In():
            return a in b  # type: ignore[operator]
        case ast.NotIn():
            return a not in b  # type: ignore[operator]
    assert isinstance(a, int | float)
    assert isinstance(b, int | float)
    match op:
        case ast.Lt():
            return a < b
        case ast.LtE():
            return a <= b
        case ast.Gt():
            return a > b
        case _:
            return a >= b
