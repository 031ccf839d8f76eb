"""The contracts' rules as Dagster check specifications."""

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.quality.rules import check_names, rules


def check_specs(layer: str, table: str, partitions_def: dg.PartitionsDefinition[str] | None) -> list[dg.AssetCheckSpec]:
    """The checks of a table: implied rules grouped, explicit ones each their own."""
    contract = contracts.load(layer, table)
    specs = []
    for name in check_names(contract):
        members = [rule for rule in rules(contract) if rule.check == name]
        text = "\n".join(f"- `{rule.id}` ({rule.severity}): {rule.description}" for rule in members)
        specs.append(
            dg.AssetCheckSpec(
                name,
                asset=[layer, table],
                description=text,
                blocking=any(rule.blocking for rule in members),
                partitions_def=partitions_def,
                metadata={
                    "contract": contract.label,
                    "rules": ", ".join(rule.id for rule in members),
                    "dimension": ", ".join(dict.fromkeys(rule.dimension for rule in members)),
                },
            )
        )
    return specs
