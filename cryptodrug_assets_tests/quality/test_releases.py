"""Contract life: any change needs its version step, judged for consumers and producers; releases are frozen."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.quality.releases import compare, current, freeze, released

NAME = "clean.listings"
Document = dict[str, Any]
Change = Callable[[Document], object]


def _columns(document: Document) -> list[Document]:
    columns: list[Document] = document["schema"][0]["properties"]
    return columns


def _column(document: Document, name: str) -> Document:
    return next(column for column in _columns(document) if column["name"] == name)


def _rule(document: Document, name: str) -> Document:
    return next(rule for rule in document["schema"][0]["quality"] if rule["id"] == name)


def _remove_rule(document: Document, name: str) -> None:
    document["schema"][0]["quality"].remove(_rule(document, name))


def _new_column(document: Document) -> None:
    _columns(document).append(
        {"name": "extra", "logicalType": "string", "physicalType": "VARCHAR", "required": False,
         "description": "Something new.", "classification": "public"}
    )  # fmt: skip


def _retyped(document: Document) -> None:
    _column(document, "views").update(physicalType="DATE", logicalType="date")


def _rekeyed(document: Document) -> None:
    _column(document, "vendor_key").update(primaryKey=True, primaryKeyPosition=9)


# change, what it breaks (consumers, producers), the version step it needs from 1.x.y
CHANGES: list[tuple[str, Change, bool, bool, str]] = [
    ("column removed", lambda d: _columns(d).remove(_column(d, "views")), True, True, "major"),
    ("column added", _new_column, False, True, "minor"),
    ("column renamed", lambda d: _column(d, "views").update(name="seen"), True, True, "major"),
    ("columns reordered", lambda d: _columns(d).reverse(), True, False, "major"),
    ("type changed", _retyped, True, True, "major"),
    ("may now be null", lambda d: _column(d, "is_drug").update(required=False), True, False, "major"),
    ("is now required", lambda d: _column(d, "views").update(required=True), False, True, "minor"),
    ("value removed", lambda d: _column(d, "drug_class")["enum"].pop(0), False, True, "minor"),
    ("value added", lambda d: _column(d, "drug_class")["enum"].append({"value": "tea"}), True, False, "major"),
    ("bound added", lambda d: _column(d, "views").update(logicalTypeOptions={"maximum": 10}), False, True, "minor"),
    ("key changed", _rekeyed, True, True, "major"),
    ("made internal", lambda d: _column(d, "drug_class").update(classification="internal"), True, False, "major"),
    ("error rule removed", lambda d: _remove_rule(d, "conversion"), True, False, "major"),
    ("warning rule removed", lambda d: _remove_rule(d, "held"), False, False, "minor"),
    ("error threshold moved", lambda d: _rule(d, "kept").update(mustBeGreaterOrEqualTo=0.99), False, True, "minor"),
    ("severity changed", lambda d: _rule(d, "held").update(severity="error"), False, True, "minor"),
    ("column described anew", lambda d: _column(d, "views").update(description="Other words."), False, False, "patch"),
    ("table described anew", lambda d: d["description"].update(purpose="Other words."), False, False, "patch"),
    ("tag added", lambda d: d.update(tags=["new"]), False, False, "patch"),
]  # fmt: skip
_STEPS = {"patch": "1.1.1", "minor": "1.2.0", "major": "2.0.0"}


def _changed(change: Change) -> tuple[dict[str, Document], dict[str, Document]]:
    old = {NAME: copy.deepcopy(current()[NAME]) | {"version": "1.1.0"}}
    new = copy.deepcopy(old)
    change(new[NAME])
    return old, new


@pytest.mark.parametrize(("what", "change", "consumer", "producer", "step"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_change_needs_its_version_step(what: str, change: Change, consumer: bool, producer: bool, step: str) -> None:
    old, new = _changed(change)
    found = compare(old, new)
    assert found.changes, what
    assert any(item.consumer for item in found.changes) == consumer
    assert any(item.producer for item in found.changes) == producer
    assert len(found.problems) == 1 and NAME in found.problems[0]
    order = list(_STEPS)
    for name, version in _STEPS.items():
        new[NAME]["version"] = version
        assert bool(compare(old, new).problems) == (order.index(name) < order.index(step)), (what, name)
    new[NAME]["version"] = "1.0.9"
    assert "went back" in compare(old, new).problems[0]


def test_a_version_step_alone_is_no_problem_and_no_change() -> None:
    old, new = _changed(lambda document: document.update(version="1.1.1"))
    assert compare(old, new).changes == ()
    assert compare(old, new).problems == ()


def test_tables_come_and_go() -> None:
    old = current()
    rest = {name: document for name, document in old.items() if name != NAME}
    assert [(c.what, c.consumer) for c in compare(old, rest).changes] == [("table removed", True)]
    assert [(c.what, c.consumer) for c in compare(rest, old).changes] == [("table added", False)]


def test_the_contracts_of_this_checkout_announce_what_changed_since_the_release() -> None:
    version, frozen = released()
    assert len(frozen) > 30, version
    assert compare(frozen, current()).problems == ()


def test_a_release_is_frozen_once_and_only_upwards(tmp_path: Path) -> None:
    path = tmp_path / "released.json"
    documents = {NAME: copy.deepcopy(current()[NAME])}
    with pytest.raises(UserError, match="no release of the contracts yet"):
        released(path)
    freeze("0.1.0", documents, path)
    assert released(path) == ("0.1.0", documents)
    with pytest.raises(UserError, match=r"the last release is 0\.1\.0; a new one needs a higher version"):
        freeze("0.1.0", documents, path)
    with pytest.raises(UserError, match="'one' is not a version"):
        freeze("one", documents, path)
    _column(documents[NAME], "views")["required"] = True
    with pytest.raises(UserError, match="not frozen, 1 problems"):
        freeze("0.2.0", documents, path)
    assert released(path)[0] == "0.1.0"
    documents[NAME]["version"] = "9.0.0"
    assert [item.what for item in freeze("0.2.0", documents, path).changes] == ["column views: is now required"]
    path.write_text("{}")
    with pytest.raises(UserError, match="damaged"):
        released(path)
