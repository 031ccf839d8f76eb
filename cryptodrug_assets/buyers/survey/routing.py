"""Routing expressions: the understood subset of ExpressionScript, XPath and REDCap branching logic, three-valued.

Understood: comparisons of an item with a number or text, `and`, `or`, `not`, parentheses, `is_empty(x)`,
`selected(set, 'option')`, `.NAOK` and `.value`. Everything else raises RoutingError, which importers turn into
`unknown_missing`, counted. A comparison with an empty answer is false (`!=`: true), as the platforms have it; ordering
an empty answer, or anything unknown, is unknown (null).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.buyers.survey.model import Instrument, column_key

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?\d+(?:\.\d+)?) | (?P<text>"[^"]*"|'[^']*')
    | (?P<name>\$\{\s*[\w./-]+\s*\} | \[[\w()-]+\] | [A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*)
    | (?P<op>==|!=|<>|<=|>=|&&|\|\||[=<>!(),])
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_WORDS = {"and": "and", "&&": "and", "or": "or", "||": "or", "not": "not", "!": "not"}
_COMPARE = {"=": "==", "==": "==", "eq": "==", "!=": "!=", "<>": "!=", "ne": "!=", "<": "<", "lt": "<", "<=": "<=",
            "le": "<=", ">": ">", "gt": ">", ">=": ">=", "ge": ">="}  # fmt: skip
_SUFFIXES = (".NAOK", ".value", ".code", ".shown")
_DEEPEST = 50
_LONGEST = 4_000


class RoutingError(ValueError):
    """An expression outside the understood subset."""


@dataclass(frozen=True)
class Operand:
    """A name, a number or a text of an expression."""

    kind: str
    value: str


@dataclass(frozen=True)
class Node:
    """A parsed expression: `kind` is and, or, not, compare, empty or selected."""

    kind: str
    parts: tuple["Node", ...] = ()
    operator: str = ""
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True)
class Values:
    """Answers of one item as routing sees them: number (null where there is none) and whether it is unknown."""

    number: pl.Series
    unknown: pl.Series


def parse(text: str) -> Node:
    """The expression as a tree; RoutingError for anything outside the subset.

    >>> parse("stay_price.NAOK == 1").kind
    'compare'
    """
    if len(text) > _LONGEST:
        raise RoutingError("the expression is too long")
    parser = _Parser(_tokens(text))
    node = parser.disjunction(0)
    parser.expect_end()
    return node


def names(text: str) -> set[str]:
    """Names of items that an expression asks."""

    def walk(node: Node) -> set[str]:
        found = {operand.value for operand in node.operands if operand.kind == "name"}
        if node.kind == "selected":
            found = {f"{node.operands[0].value}_{node.operands[1].value}"}
        return found.union(*(walk(part) for part in node.parts))

    return walk(parse(text))


def resolve(instrument: Instrument, name: str) -> str | None:
    """The item that a name in an expression means; None when there is none."""
    return instrument.columns.get(column_key(name.rsplit("/", maxsplit=1)[-1]))


def evaluate(text: str, instrument: Instrument, answers: Callable[[str], Values], height: int) -> pl.Series:
    """Whether the item was shown to each of `height` respondents: true, false, or null where that is unknown."""
    tree = parse(text)

    def value(name: str) -> Values:
        item = resolve(instrument, name)
        if item is None:
            raise RoutingError(f"{name} is no item")
        return answers(item)

    def walk(node: Node) -> pl.Series:
        if node.kind in ("and", "or"):
            parts = [walk(part) for part in node.parts]
            joined = pl.DataFrame([part.alias(str(at)) for at, part in enumerate(parts)])
            return joined.select(
                pl.all_horizontal(pl.all()) if node.kind == "and" else pl.any_horizontal(pl.all())
            ).to_series()
        if node.kind == "not":
            return ~walk(node.parts[0])
        if node.kind == "selected":
            got = value(f"{node.operands[0].value}_{node.operands[1].value}")
            return _masked((got.number == 1).fill_null(value=False), got.unknown)
        if node.kind == "empty":
            got = value(node.operands[0].value)
            return _masked(got.number.is_null(), got.unknown)
        return _compare(node, value, instrument)

    result = walk(tree)
    return result if len(result) == height else pl.Series([result[0]] * height, dtype=pl.Boolean)


def _compare(node: Node, value: Callable[[str], Values], instrument: Instrument) -> pl.Series:
    left, right = node.operands
    operator = node.operator
    if left.kind != "name":
        left, right = right, left
        operator = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
    if left.kind != "name" or right.kind == "name":
        raise RoutingError("a comparison sets one item beside one constant")
    got = value(left.value)
    if right.kind == "text" and not right.value:  # x = '': whether it is empty
        if operator not in ("==", "!="):
            raise RoutingError("nothing can be ordered beside an empty text")
        empty = got.number.is_null()
        return _masked(empty if operator == "==" else ~empty, got.unknown)
    constant = _constant(right, instrument, left.value)
    number = got.number
    if operator in ("==", "!="):
        same = (number == constant).fill_null(value=False)
        return _masked(same if operator == "==" else ~same, got.unknown)
    compared = {"<": number < constant, "<=": number <= constant, ">": number > constant, ">=": number >= constant}
    return _masked(compared[operator], got.unknown)


def _constant(operand: Operand, instrument: Instrument, name: str) -> float:
    """A constant as the code or number that the item has for it."""
    item = instrument.by_name[resolve(instrument, name) or ""]
    text = operand.value.casefold()
    for choice in item.values:
        if text in (word.casefold() for word in choice.written):
            return float(choice.code)
    if _NUMBER.fullmatch(text):
        return float(text)
    if text in ("y", "n") and {choice.code for choice in item.values} == {0, 1}:
        return float(text == "y")
    raise RoutingError(f"'{operand.value}' is no code of {item.name}")


def _masked(result: pl.Series, unknown: pl.Series) -> pl.Series:
    return pl.DataFrame({"r": result, "u": unknown}).select(pl.when(~pl.col("u")).then(pl.col("r"))).to_series()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise RoutingError(f"not understood from '{text[at : at + 20]}'")
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind].strip("\"'") if kind == "text" else match[kind]))
        at = match.end()
    return tokens


def _plain(name: str) -> str:
    """An item's name without what a platform puts around it."""
    if name.startswith("${"):
        return name[2:-1].strip()
    if name.startswith("["):
        inner = name[1:-1]
        return inner.replace("(", "_").removesuffix(")")
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            if suffix == ".shown":
                raise RoutingError(".shown is not understood")
            return name.removesuffix(suffix)
    if "." in name:
        raise RoutingError(f"{name} is not understood")
    return name


class _Parser:
    """Recursive descent over the tokens; every step deeper is counted."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _word(self) -> str:
        kind, text = self._peek()
        return _WORDS.get(text.lower(), "") if kind in ("name", "op") else ""

    def _take(self, text: str | None = None) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end" or (text is not None and token[1] != text):
            raise RoutingError(f"'{text or 'something'}' is missing")
        self._at += 1
        return token

    def expect_end(self) -> None:
        """Nothing may be left."""
        if self._peek()[0] != "end":
            raise RoutingError(f"'{self._peek()[1]}' is not expected")

    def disjunction(self, depth: int) -> Node:
        """One or more conjunctions."""
        return self._joined("or", self._conjunction, depth)

    def _conjunction(self, depth: int) -> Node:
        return self._joined("and", self._term, depth)

    def _joined(self, word: str, part: Callable[[int], Node], depth: int) -> Node:
        if depth > _DEEPEST:
            raise RoutingError("the expression is nested too deeply")
        parts = [part(depth + 1)]
        while self._word() == word:
            self._take()
            parts.append(part(depth + 1))
        return parts[0] if len(parts) == 1 else Node(word, tuple(parts))

    def _term(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise RoutingError("the expression is nested too deeply")
        if self._word() == "not":
            self._take()
            return Node("not", (self._term(depth + 1),))
        kind, text = self._peek()
        if text == "(" and kind == "op":
            self._take()
            node = self.disjunction(depth + 1)
            self._take(")")
            return node
        if kind == "name" and text.lower() in ("is_empty", "empty", "selected"):
            return self._function(text.lower())
        left = self._operand()
        operator = _COMPARE.get(self._peek()[1].lower())
        if operator is None:
            raise RoutingError("a comparison is missing")
        self._take()
        return Node("compare", operator=operator, operands=(left, self._operand()))

    def _function(self, name: str) -> Node:
        self._take()
        self._take("(")
        first = self._operand()
        if first.kind != "name":
            raise RoutingError(f"{name} asks an item")
        if name != "selected":
            self._take(")")
            return Node("empty", operands=(first,))
        self._take(",")
        second = self._operand()
        self._take(")")
        if second.kind == "name":
            raise RoutingError("selected asks an option in quotes")
        return Node("selected", operands=(first, second))

    def _operand(self) -> Operand:
        kind, text = self._take()
        if kind == "name" and text.lower() not in _WORDS and text.lower() not in _COMPARE:
            return Operand("name", _plain(text))
        if kind in ("number", "text"):
            return Operand(kind, text)
        raise RoutingError(f"'{text}' is not understood")
