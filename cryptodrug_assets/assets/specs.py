"""Asset and check specifications derived from the table contracts, the same way for every layer."""

from collections.abc import Mapping, Sequence

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.partitions import cell_of, is_observed, market_month
from cryptodrug_assets.checks.specs import check_specs
from cryptodrug_assets.pipeline.reading import OWN_MONTH, Read
from cryptodrug_assets.versions import package_version

Deps = Sequence[dg.AssetDep | str]


def asset_deps(reads: Mapping[str, Sequence[Read]]) -> dict[str, Deps]:
    """What the pipeline says that a step reads for each table, as Dagster's dependencies between partitions."""
    return {table: [_dep(read) for read in of_table] for table, of_table in reads.items()}


def _dep(read: Read) -> dg.AssetDep:
    key = read.table.split("/")
    if not contracts.load(*key).partitioned or read.months == OWN_MONTH:
        return dg.AssetDep(key)
    if read.months is None:
        return dg.AssetDep(key, partition_mapping=dg.AllPartitionMapping())
    first, last = read.months
    months = dg.TimeWindowPartitionMapping(
        start_offset=first, end_offset=last, allow_nonexistent_upstream_partitions=True
    )
    mapping = dg.MultiPartitionMapping(
        {
            "market": dg.DimensionPartitionMapping("market", dg.IdentityPartitionMapping()),
            "month": dg.DimensionPartitionMapping("month", months),
        }
    )
    return dg.AssetDep(key, partition_mapping=mapping)


def asset_specs(
    layer: str,
    tables: Mapping[str, Deps],
    *,
    kinds: set[str],
    partitions_def: dg.PartitionsDefinition[str] | None = market_month,
    code_version: str | None = None,
    group: str | None = None,
    formulas: Mapping[str, str] | None = None,
) -> list[dg.AssetSpec]:
    """One AssetSpec per table; text, columns and owner come from its contract; deps are "layer/table".

    `formulas` add to the descriptions how the values are made.
    """
    specs = []
    for table, deps in tables.items():
        contract = contracts.load(layer, table)
        specs.append(
            dg.AssetSpec(
                key=[layer, table],
                deps=[dg.AssetKey(dep.split("/")) if isinstance(dep, str) else dep for dep in deps],
                description=_description(contract, list(deps), (formulas or {}).get(table)),
                group_name=group or layer,
                kinds=kinds,
                owners=[f"team:{contract.owner}"],
                code_version=code_version or package_version(),
                partitions_def=partitions_def,
                skippable=True,
                metadata={
                    "dagster/table_name": f"{layer}.{table}",
                    "dagster/column_schema": dg.TableSchema(
                        columns=[
                            dg.TableColumn(
                                name=column.name,
                                type=column.physical_type,
                                description=column.description,
                                constraints=dg.TableColumnConstraints(nullable=not column.required),
                                tags={"classification": column.classification},
                            )
                            for column in contract.columns
                        ]
                    ),
                    "contract": f"{layer}.{table}@{contract.version}",
                },
            )
        )
    return specs


def _description(contract: contracts.Contract, deps: list[dg.AssetDep | str], formula: str | None) -> str:
    """What the table is, its grain, formula, unit, source and limits, as Markdown."""
    sources = ", ".join(dep if isinstance(dep, str) else dep.asset_key.to_user_string() for dep in deps)
    parts = [contract.description, contract.usage]
    if formula:
        parts.append(f"**Formula.** {formula}")
    if any(column.name == "unit" for column in contract.columns):
        parts.append("**Unit.** In the column `unit` of each row.")
    if sources:
        parts.append(f"**Source.** {sources}.")
    if contract.limitations:
        parts.append(f"**Limits.** {contract.limitations}")
    return "\n\n".join(parts)


def layer_checks(
    layer: str,
    tables: Sequence[str],
    partitions_def: dg.PartitionsDefinition[str] | None = market_month,
) -> list[dg.AssetCheckSpec]:
    """The check specs of all tables of a layer, partitioned like the tables."""
    return [spec for table in tables for spec in check_specs(layer, table, partitions_def)]


def observed_cell(context: dg.AssetExecutionContext) -> tuple[str, str] | None:
    """(market, month) of the run, or None outside the observation window: unobserved is not zero, nothing is made."""
    market, month = cell_of(context.partition_key)
    if is_observed(market, month):
        return market, month
    context.log.info(f"{market} was not observed in {month}: nothing to do, the cell stays empty")
    return None
