"""The generated lineage: complete, known where it is known by hand, fresh, and what Dagster gets of it."""

import dagster as dg
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.lineage.columns import FILE, column_lineage, lineage
from cryptodrug_assets.definitions import defs

REGENERATE = "run `cryptodrug contracts lineage`"


def names(sources: list[str]) -> set[str]:
    return {source.rpartition(".")[2] for source in sources}


def test_every_column_of_clean_and_indicator_assets_is_in_it() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        layer, table = key.path
        # Public tables take the columns of their internal ones; the slow test looks at them.
        if layer not in ("clean", "indicators") or table.endswith("_public"):
            continue
        columns = lineage().get(f"{layer}.{table}")
        assert columns is not None, f"{layer}.{table}: {REGENERATE}"
        wanted = set(contracts.load(layer, table).polars_schema)
        assert set(columns) == wanted, f"{layer}.{table}: {REGENERATE}"


def test_it_names_only_columns_that_exist() -> None:
    for table, columns in lineage().items():
        for column, sources in columns.items():
            for source in sources:
                layer, upstream, name = source.split(".")
                assert name in contracts.load(layer, upstream).polars_schema, f"{table}.{column}: {source}"


def test_the_graph_has_every_table_that_columns_come_from() -> None:
    graph = defs.resolve_asset_graph()
    for table, columns in lineage().items():
        upstream = {key.to_user_string() for key in graph.get(dg.AssetKey(table.split("."))).parent_keys}
        sources = {source.rpartition(".")[0].replace(".", "/") for named in columns.values() for source in named}
        assert sources <= upstream, f"{table} also reads {sources - upstream}"


@pytest.mark.parametrize(
    ("table", "column", "needed", "not_needed"),
    [
        ("clean.listings", "vendor_key", {"vendor_name"}, {"title", "price_amount", "views"}),
        ("clean.listings", "drug_class", {"title"}, {"price_amount", "ships_from"}),
        ("clean.listings", "class_rule", {"title", "category_path"}, {"price_amount", "ships_from"}),
        ("clean.listings", "origins", {"ships_from"}, {"ships_to", "price_amount", "category_path"}),
        ("clean.listings", "destinations", {"ships_to"}, {"price_amount", "ships_from"}),
        ("clean.listings", "price_eur", {"price_amount", "price_currency"}, {"ships_from", "views"}),
        ("clean.listings", "quantity", {"title"}, {"ships_from", "price_amount"}),
        ("clean.vendors", "pgp_key", {"pgp_fingerprint"}, {"rating", "title"}),
        ("clean.transactions", "price_eur", {"price_amount", "price_currency"}, {"comment_length"}),
        ("indicators.shares", "value", {"origins", "is_drug", "vendor_key", "price_eur"}, {"capture_id", "views"}),
        ("indicators.coverage", "value", {"outcome"}, {"payload_digest"}),
        ("indicators.trends", "value", {"value", "indicator"}, {"lower"}),
        ("indicators.migration", "value", {"vendor_key", "market"}, {"rating"}),
        # Of waves: no column past parsed has the words of an answer, a passage or who was interviewed.
        ("clean.respondents", "eligible", {"code", "state", "item"}, {"verbatim", "number"}),
        ("clean.answers", "respondent", {"respondent"}, {"verbatim", "code"}),
        ("clean.interview_codes", "interview_key", {"interview_name"}, {"passage", "span_start"}),
        ("clean.interview_codes", "state", {"code_path", "coder_name"}, {"passage", "source_name"}),
        ("indicators.survey_estimates", "value", {"code", "number", "state"}, {"state_source", "item_set"}),
        ("indicators.survey_missing", "n", {"state"}, {"code", "label_en"}),
        ("indicators.survey_estimates_public", "k", {"k", "n_valid"}, {"label_nl", "upper"}),
        ("indicators.coding_agreement", "value", {"state", "coder"}, {"reference_coder"}),
        ("indicators.joint_display", "survey_verdict", {"k", "n_valid"}, {"method", "present_n"}),
        ("indicators.joint_display", "interviews_k", {"present_n"}, {"wording", "statement"}),
        ("indicators.joint_display_public", "stability", {"stability"}, {"survey_k"}),
        ("indicators.study_scorecard_buyers", "verdict", {"code", "state", "present_n"}, {"passage"}),
    ],
)
def test_known_dependencies(table: str, column: str, needed: set[str], not_needed: set[str]) -> None:
    found = names(lineage()[table][column])
    assert needed <= found, f"{needed - found} missing: {REGENERATE}"
    assert not not_needed & found


def test_dagster_gets_keys_and_columns() -> None:
    made = column_lineage("clean", "listings")
    assert made is not None
    assert dg.TableColumnDep(dg.AssetKey(["parsed", "listings"]), "title") in made.deps_by_column["quantity"]
    assert column_lineage("raw", "captures") is None


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_is_fresh() -> None:
    from cryptodrug_assets.checks.lineage.record import document, lineage_by_step

    found = {table: columns for _, made in lineage_by_step() for table, columns in made.items()}
    assert document(found) == FILE.read_text("utf-8"), REGENERATE
