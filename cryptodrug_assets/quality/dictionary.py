"""The data dictionary (docs/data-dictionary.md): every table, column and rule, generated from the contracts."""

from collections.abc import Mapping, Sequence

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.languages import TRANSLATED
from cryptodrug_assets.quality.rules import rules

#: By qualified table name: rows of code, unit, and what it means.
Codes = Mapping[str, Sequence[Sequence[str]]]


def dictionary(contracts: Sequence[Contract], codes: Codes | None = None) -> str:
    """The page as Markdown; `codes` are those that an indicator table states, with what they mean."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from `data_contracts/tables/` by `cryptodrug contracts docs`; change the contracts, not this page.",
        "",
        "Classification: *public* columns may be published; *internal* ones are pseudonymous or technical and stay in",
        "the institute; *restricted* ones hold identifying or verbatim text, in the raw and parsed layers alone,",
        "or the links of vendor accounts.",
        "",
        "| table | rows are | columns | checks | version |",
        "|-|-|-:|-:|-|",
    ]
    for contract in contracts:
        grain = contract.usage.removeprefix("Grain: ").rstrip(".")
        checks = len({rule.check for rule in rules(contract)})
        anchor = contract.name.replace(".", "")
        link = f"[{contract.name}](#{anchor})"
        lines.append(f"| {link} | {grain} | {len(contract.columns)} | {checks} | {contract.version} |")
    for contract in contracts:
        lines += ["", *_table(contract)]
        if stated := (codes or {}).get(contract.name):
            lines += ["", f"| code | unit | meaning | {' | '.join(TRANSLATED)} |", "|-|-|-|" + "-|" * len(TRANSLATED)]
            lines += [f"| {' | '.join(_cell(part) for part in row)} |" for row in stated]
    return "\n".join(lines) + "\n"


def _table(contract: Contract) -> list[str]:
    lines = [
        f"## {contract.name}",
        "",
        f"{contract.description} {contract.usage}",
        "",
        f"*{contract.limitations}* Owner: {contract.owner}. Version {contract.version}.",
        "",
        "| column | type | null | class | meaning |",
        "|-|-|-|-|-|",
    ]
    for column in contract.columns:
        marks = f"{column.name}{' (key)' if column.primary_key else ''}"
        meaning = column.description
        if column.enum:
            meaning += f" Values: {', '.join(column.enum)}."
        bounds = [
            f"{sign} {value}"
            for sign, value in (
                ("≥", column.minimum),
                (">", column.exclusive_minimum),
                ("≤", column.maximum),
                ("<", column.exclusive_maximum),
                ("matches", f"`{column.pattern}`" if column.pattern else None),
            )
            if value is not None
        ]
        if bounds:
            meaning += f" Always {', '.join(bounds)}."
        if column.references:
            meaning += f" Refers to {column.references}."
        null = "" if column.required else "yes"
        lines.append(f"| {marks} | {column.physical_type} | {null} | {column.classification} | {_cell(meaning)} |")
    lines += ["", "| check | rule | severity | dimension | meaning |", "|-|-|-|-|-|"]
    for rule in rules(contract):
        severity = rule.severity if rule.blocking or rule.severity != "error" else "error (not blocking)"
        lines.append(f"| {rule.check} | {rule.id} | {severity} | {rule.dimension} | {_cell(rule.description)} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
