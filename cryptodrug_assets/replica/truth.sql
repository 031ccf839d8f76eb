-- True indicators of a synthetic world, from its own tables (vendors, listings, sales, months, rates).
-- Written apart from the pipeline: nothing here is shared with cleaning or indicators.
--
-- listings: market, listing, vendor, is_drug, origin ('' undeclared), first_month, last_month
-- sales:    market, listing, at (UTC), price_cents, currency        months: market, month ('YYYY-MM')
-- rates:    day, currency, micro_units (ECB units per euro, in millionths)
CREATE OR REPLACE TEMP VIEW live AS
SELECT m.market, m.month, l.listing, l.vendor, l.origin
FROM months m JOIN listings l ON l.market = m.market AND m.month BETWEEN l.first_month AND l.last_month
WHERE l.is_drug;

-- Where a vendor's drug offers of the month come from; a vendor of undeclared origin only has the empty set.
CREATE OR REPLACE TEMP VIEW vendor_origins AS
SELECT market, month, vendor, origin, count(*) OVER (PARTITION BY market, month, vendor) AS n_origins
FROM (SELECT DISTINCT market, month, vendor, origin FROM live);

CREATE OR REPLACE TEMP VIEW dated AS
SELECT s.market, strftime(s.at AT TIME ZONE 'UTC', '%Y-%m') AS month, s.listing, l.vendor, s.price_cents, s.currency,
       CAST(s.at AT TIME ZONE 'UTC' AS DATE) AS day
FROM sales s JOIN listings l ON l.market = s.market AND l.listing = s.listing;

-- Sales of drug offers with their origins and weights. Dream's ratings name no product, so there a sale belongs to the
-- vendor: to every origin of the vendor's drug offers of that month, and not at all when the vendor offers no drugs.
CREATE OR REPLACE TEMP VIEW sold AS
SELECT d.market, d.month, v.origin, 1.0 / v.n_origins AS weight, NULL::BIGINT AS euro_cents, d.rowid_
FROM (SELECT *, row_number() OVER () AS rowid_ FROM dated WHERE market = 'dream') d
JOIN vendor_origins v ON v.market = d.market AND v.month = d.month AND v.vendor = d.vendor
UNION ALL
SELECT d.market, d.month, live.origin, 1.0,
       -- half a cent is rounded up; whole numbers throughout, so nothing is lost
       CASE WHEN d.market = 'empire'
            THEN CAST((2 * d.price_cents::HUGEINT * 1000000 + r.micro_units) // (2 * r.micro_units) AS BIGINT) END,
       d.rowid_
FROM (SELECT *, row_number() OVER () AS rowid_ FROM dated WHERE market <> 'dream') d
JOIN live ON live.market = d.market AND live.month = d.month AND live.listing = d.listing
ASOF JOIN rates r ON r.currency = d.currency AND r.day <= d.day;

CREATE OR REPLACE TEMP VIEW levels AS
WITH long AS (
    SELECT market, month, 'LV01' AS indicator, origin, count(*)::DOUBLE AS value FROM live GROUP BY ALL
    UNION ALL SELECT market, month, 'LV01_full', origin, count(*) FROM live GROUP BY ALL
    UNION ALL SELECT market, month, 'LV02', origin, count(DISTINCT vendor) FROM live GROUP BY ALL
    UNION ALL SELECT market, month, 'LV03', origin, sum(weight) FROM sold GROUP BY ALL
    UNION ALL SELECT market, month, 'LV03_full', origin, count(*) FROM sold GROUP BY ALL
    UNION ALL SELECT market, month, 'LV04', origin, sum(euro_cents) / 100 FROM sold WHERE euro_cents IS NOT NULL GROUP BY ALL
    UNION ALL SELECT market, month, 'LV04_full', origin, sum(euro_cents) / 100 FROM sold WHERE euro_cents IS NOT NULL GROUP BY ALL
), world AS (
    SELECT market, month, 'LV01' AS indicator, count(*)::DOUBLE AS value FROM live GROUP BY ALL
    UNION ALL SELECT market, month, 'LV02', count(DISTINCT vendor) FROM live GROUP BY ALL
    UNION ALL SELECT market, month, 'LV03', count(DISTINCT rowid_) FROM sold GROUP BY ALL
    UNION ALL SELECT market, month, 'LV04', sum(euro_cents) / 100 FROM sold WHERE euro_cents IS NOT NULL GROUP BY ALL
)
SELECT market, month, indicator, CASE origin WHEN '' THEN '_U' ELSE origin END AS country, value FROM long
UNION ALL SELECT market, month, indicator, 'W', value FROM world
UNION ALL SELECT market, month, indicator || '_full', 'W', value FROM world WHERE indicator <> 'LV02';

SELECT market, CAST(month || '-01' AS DATE) AS month, indicator, country, value FROM levels
UNION ALL
SELECT c.market, CAST(c.month || '-01' AS DATE), replace(c.indicator, 'LV', 'SH'), c.country, c.value / w.value
FROM levels c JOIN levels w USING (market, month, indicator)
WHERE w.country = 'W' AND c.country <> 'W'
ORDER BY ALL;
