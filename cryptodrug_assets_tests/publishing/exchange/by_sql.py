"""exchange.observations by separate SQL over the public tables."""

import duckdb
import polars as pl

from cryptodrug_assets.publishing.exchange.observations import datasets

# The mapping once more, in SQL and without the code: what a public row has to become.
EXPECTED = """
SELECT '{table}' AS dataset, 'M' AS freq, replace(country, 'W', 'W0') AS ref_area,
    CASE market WHEN 'all' THEN '_T' ELSE market END AS market,
    split_part(indicator, ':', 1) || CASE WHEN '{table}' = 'shipping_window' AND indicator SIMILAR TO 'RT0[234].*'
        THEN '_WIN' ELSE '' END AS indicator,
    CASE WHEN contains(indicator, ':') THEN replace(indicator[strpos(indicator, ':') + 1:], ':', '-') ELSE '_T' END
        AS param,
    CASE drug_class WHEN 'all' THEN '_T' WHEN 'unknown' THEN '_U' ELSE drug_class END AS drug_class,
    strftime(month, '%Y-%m') AS time_period, upper(unit) AS unit_measure, value AS obs_value,
    lower AS lower_bound, upper AS upper_bound,
    CASE obs_status WHEN 'A' THEN 'A' WHEN 'E' THEN 'E' WHEN 'L' THEN 'U' WHEN 'C' THEN 'Q' WHEN 'M' THEN
        CASE WHEN contains(method, 'price') AND NOT contains(method, 'drug') THEN 'M' ELSE 'O' END END AS obs_status,
    conf_status, coverage, n AS obs_count, n_vendors AS vendor_count
FROM "{table}"
"""


def differences(public: dict[str, pl.DataFrame], made: pl.DataFrame) -> list[tuple[object, ...]]:
    """Rows that are in one and not in the other, by separate SQL; doubles are compared as they are."""
    connection = duckdb.connect()
    for name, frame in public.items():
        connection.register(name, frame.to_arrow())
    connection.register("made", made.drop("ref_period", "method").to_arrow())
    wanted = " UNION ALL ".join(EXPECTED.format(table=name) for name in datasets() if name in public)
    lost, added = f"SELECT * FROM ({wanted}) EXCEPT ALL FROM made", f"FROM made EXCEPT ALL SELECT * FROM ({wanted})"
    return connection.sql(f"({lost}) UNION ALL ({added})").fetchall()
