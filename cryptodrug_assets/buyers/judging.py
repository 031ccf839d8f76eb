"""Tables of a wave judged by their contracts before anything is kept. Keep out: the rules (they stand in contracts)."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import sentence


def refuse_broken(frames: Mapping[str, pl.DataFrame], asked: Mapping[str, pl.DataFrame] | None = None) -> list[str]:
    """What rules of severity warning found, a line each; UserError for the first rule of severity error that is broken.

    `frames` are tables by "layer.table"; `asked` others that their rules ask.
    """
    warnings = []
    for name, verdicts in judge(frames, {**(asked or {}), **frames}, "duckdb").items():
        contract = contracts.load(*name.split("."))
        for result in (result for verdict in verdicts for result in verdict.failed):
            line = f"{name}.{sentence(contract, result)}"
            if result.blocks:
                raise UserError(f"nothing was written: {line}")
            warnings.append(line)
    return warnings
