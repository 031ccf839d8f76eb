"""The syntax tree of a regular expression, from the private parser of Python's `re`, which has no public one.

The only place that imports it; test_private_parts.py fails when a Python changes the trees.
"""

from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any


def syntax_tree(pattern: str) -> list[tuple[object, Any]]:
    """The tokens of a pattern: pairs of an operation of `codes` and its operand."""
    return list(_parser.parse(pattern))


__all__ = ["codes", "syntax_tree"]
