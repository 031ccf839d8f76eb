"""The contracts of indicator tables, made from one block of columns and rules and what each family adds.

The block is indicators/metadata/_contract.yaml; a family's own file says its purpose, version and rules: a name is a
rule of the block, anything else the rule itself. `cryptodrug contracts generate` writes the files in
data_contracts/tables/indicators from them; lint tells where a file is not what it would write.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cryptodrug_assets.contracts import TABLES_DIR
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.catalogue import document
from cryptodrug_assets.indicators.family import Family
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.yaml_text import safe_load

Document = dict[str, Any]
_PARTITION = ("partitioned", "partitionKeyPosition")
_WIDTH = 116


class _Dumper(yaml.SafeDumper):
    """Every part written out: an alias is hard to read, and a rule is read alone."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def generated(folder: Path = TABLES_DIR) -> dict[Path, Document]:
    """Contract documents of all families by the file they belong in, the public ones included."""
    made = {}
    for family in families().values():
        for content in of_family(family):
            made[folder / "indicators" / f"{content['schema'][0]['name']}.odcs.yaml"] = content
    return made


def of_family(family: Family) -> Iterator[Document]:
    """The contract of a family's table, and of its public variant where something is published."""
    own, block = document(family.table)["contract"], _block()
    purpose = own["purpose"]
    yield _document(family, family.table, own, purpose=purpose, limitations=block["limitations"])
    if family.publish is not None:
        yield _document(
            family,
            f"{family.table}_public",
            own["public"],
            purpose=f"For publication: {purpose[0].lower()}{purpose[1:]}",
            limitations=block["public_limitations"],
        )


def text(content: Document) -> str:
    """A contract document as the text of its file."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def problems(folder: Path = TABLES_DIR) -> list[str]:
    """Files that are not what their family says, as "file: problem" lines."""
    found = []
    try:
        wanted = generated(folder)
    except (UserError, KeyError) as err:
        return [f"contracts of indicators cannot be made: {err}"]
    for path, content in wanted.items():
        place = f"indicators/{path.name}"
        if not path.is_file():
            found.append(f"{place}: not written yet; run `cryptodrug contracts generate`")
            continue
        try:
            held = safe_load(path.read_text("utf-8"))
        except yaml.YAMLError:
            held = None
        if held != content:
            found.append(f"{place}: not what its family says; change that and run `cryptodrug contracts generate`")
    return found


def _document(family: Family, table: str, variant: Mapping[str, Any], *, purpose: str, limitations: str) -> Document:
    """The document of one table; `variant` has its version and rules."""
    own, block = document(family.table)["contract"], _block()
    partitioned = family.grain == "month"
    columns = [
        {key: value for key, value in column.items() if partitioned or key not in _PARTITION}
        for column in block["columns"]
    ]
    usage = own.get("usage", block["usage"][family.grain])
    schema = {
        "name": table,
        "physicalName": f"indicators.{table}",
        "physicalType": "table",
        "logicalType": "object",
        "description": own["purpose"],
        "properties": columns,
        "quality": [_rule(family, rule) for rule in ("pk_unique", *variant["rules"])],
    }
    return {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"indicators-{table}",
        "name": f"indicators.{table}",
        "version": variant["version"],
        "status": "active",
        "domain": "cryptomarkets",
        "description": {"purpose": purpose, "usage": usage, "limitations": limitations},
        "schema": [schema],
        "team": {"name": block["owner"]},
    }


def _rule(family: Family, rule: str | Document) -> Document:
    if not isinstance(rule, str):
        return rule
    shared = _block()["rules"]
    if rule not in shared:
        raise UserError(
            f"indicators/metadata/{family.table}.yaml names the rule {rule}; _contract.yaml has {', '.join(shared)}"
        )
    return json.loads(json.dumps(shared[rule]).replace("{table}", family.table))  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _block() -> Mapping[str, Any]:
    entry = files("cryptodrug_assets.indicators").joinpath("metadata", "_contract.yaml")
    return safe_load(entry.read_text("utf-8"))  # type: ignore[no-any-return]
