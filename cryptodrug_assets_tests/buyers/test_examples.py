"""The examples in the docstrings of the room of buyers say what happens."""

import doctest
import importlib
import pkgutil

import pytest

from cryptodrug_assets.buyers import deposit, interviews, triangulation

MODULES = [
    module.name
    for package in (interviews, triangulation, deposit)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 12
