-- What the statements of the study are true of in a synthetic world, from its own tables and the views of truth.sql.
-- Written apart from the pipeline. Every row: market (or all), indicator, country, drug_class, value.
CREATE OR REPLACE TEMP TABLE supply AS
SELECT l.market, l.month, l.listing, l.vendor, l.origin, f.drug_class, f.ships_to, f.excluded,
       CASE WHEN len(f.ships_to) = 0 THEN NULL
            WHEN f.excluded <> [] OR f.ships_to[1] IN ('Worldwide', 'World Wide') THEN 'world'
            WHEN f.ships_to = ['Europe'] THEN 'europe'
            WHEN f.origin = 'BE' AND f.ships_to = ['Belgium'] THEN 'domestic'
            ELSE 'eu' END AS reach
FROM live l JOIN listings f ON f.market = l.market AND f.listing = l.listing;

-- Exactly priced sales in euro cents and in dollars (Empire alone shows exact prices).
CREATE OR REPLACE TEMP TABLE paid AS
SELECT d.market, d.month, d.listing, d.vendor, live.origin, d.euro_cents / 100.0 AS euros,
       CASE WHEN d.currency = 'USD' THEN d.price_cents / 100.0 ELSE d.euro_cents / 100.0 * u.micro_units / 1e6 END AS dollars
FROM (SELECT s.*, CAST((2 * s.price_cents::HUGEINT * 1000000 + r.micro_units) // (2 * r.micro_units) AS BIGINT) AS euro_cents
      FROM dated s ASOF JOIN rates r ON r.currency = s.currency AND r.day <= s.day WHERE s.market = 'empire') d
JOIN live ON live.market = d.market AND live.month = d.month AND live.listing = d.listing
ASOF JOIN (SELECT * FROM rates WHERE currency = 'USD') u ON u.day <= d.day;

CREATE OR REPLACE TEMP TABLE series AS
SELECT market, indicator, country, value, row_number() OVER (PARTITION BY market, indicator, country ORDER BY month) AS place
FROM levels WHERE country IN ('BE', 'W') AND indicator IN ('LV01', 'LV02', 'LV03', 'LV04');

-- Sets of origins of Belgian-related vendors, by month.
CREATE OR REPLACE TEMP TABLE places AS
SELECT market, vendor, month, list(DISTINCT origin) AS origins, row_number() OVER (PARTITION BY market, vendor ORDER BY month) AS place
FROM supply WHERE origin <> '' GROUP BY market, vendor, month;

CREATE OR REPLACE TEMP TABLE everywhere AS
SELECT market, vendor, list(DISTINCT origin) AS origins FROM supply WHERE origin <> '' GROUP BY market, vendor;

-- The market's sales per day around the notice of Dream's closing, and weeks until the level before it.
CREATE OR REPLACE TEMP TABLE daily AS
SELECT date_diff('day', DATE '2019-03-26', day) AS age, count(*) AS sales
FROM dated d JOIN live ON live.market = d.market AND live.month = d.month AND live.listing = d.listing
WHERE d.market = 'wall_street' GROUP BY ALL;

-- 1
SELECT market, 'drug listings / listings' AS indicator, 'W' AS country, 'all' AS drug_class, min(share) AS value
FROM (SELECT m.market, m.month, avg(l.is_drug::INT) AS share FROM months m
      JOIN listings l ON l.market = m.market AND m.month BETWEEN l.first_month AND l.last_month GROUP BY ALL) GROUP BY ALL
UNION ALL -- 4, 72, 74, 75, 76: market-months
SELECT 'all', unnest(['COV01', 'RD01:negative', 'HR01']), 'W', 'all', (SELECT count(*) FROM months)
UNION ALL SELECT 'all', unnest(['RT02', 'RT04:eu', 'RT03:NL']), 'BE', 'all',
       (SELECT count(*) FROM (SELECT DISTINCT market, month FROM supply WHERE origin = 'BE'))
UNION ALL SELECT 'all', 'RT05:RT02', 'BE', 'all',
       (SELECT sum(n - 1) FROM (SELECT market, count(DISTINCT month) AS n FROM supply WHERE origin = 'BE' GROUP BY market))
UNION ALL SELECT 'all', 'LV04', 'W', 'all', (SELECT count(DISTINCT month) FROM paid)
UNION ALL -- 8: UNODC 2018, 170–300 million of 426–652 thousand million dollars
SELECT 'all', 'LIT_CRYPTO_SHARE', 'W', 'all', (170.0 / 652000 + 300.0 / 426000) / 2
UNION ALL -- 9, 10, 66: Theil–Sen and Kendall's tau-b
SELECT a.market, 'GR01:' || a.indicator, a.country, 'all', median((ln(b.value) - ln(a.value)) / (b.place - a.place))
FROM series a JOIN series b USING (market, indicator, country) WHERE b.place > a.place GROUP BY ALL
UNION ALL
SELECT a.market, 'GR01_tau:' || a.indicator, a.country, 'all',
       sum(sign(b.value - a.value)) / sqrt(count(*) * (count(*) - count(*) FILTER (a.value = b.value)))
FROM series a JOIN series b USING (market, indicator, country) WHERE b.place > a.place GROUP BY ALL
UNION ALL -- 11
SELECT c.market, replace(c.indicator, 'LV', 'SH') || '_mean', 'BE', 'all', avg(c.value / w.value)
FROM series c JOIN series w USING (market, indicator, place) WHERE c.country = 'BE' AND w.country = 'W' GROUP BY ALL
UNION ALL -- 12
SELECT 'all', 'CMP01_' || measure, 'BE', 'all', avg(own / whole)
FROM (SELECT month, CASE indicator WHEN 'LV01' THEN 'L' WHEN 'LV02' THEN 'V' ELSE 'T' END AS measure,
             sum(value) FILTER (country = 'BE') AS own, sum(value) FILTER (country = 'W') AS whole
      FROM levels WHERE indicator IN ('LV01', 'LV02', 'LV03') GROUP BY ALL) GROUP BY ALL
UNION ALL -- 13
SELECT 'all', 'CMP02:' || partner, 'BE', 'all', sum(value) FILTER (country = 'BE') / sum(value) FILTER (country = partner)
FROM levels, (SELECT unnest(['GB', 'NL']) AS partner) WHERE indicator = 'LV04' GROUP BY partner
UNION ALL -- 14
SELECT market, 'SP01_L', 'BE', 'all', count(DISTINCT drug_class) FILTER (origin = 'BE') / count(DISTINCT drug_class)
FROM supply GROUP BY market
UNION ALL -- 15
SELECT market, 'SP02_L', 'BE', drug_class, (own / sum(own) OVER w) / (whole / sum(whole) OVER w)
FROM (SELECT market, drug_class, count(*) FILTER (origin = 'BE') AS own, count(*) AS whole FROM supply GROUP BY ALL)
WINDOW w AS (PARTITION BY market)
UNION ALL
SELECT market, 'SP04_L', 'BE', drug_class, stddev_samp(share) / avg(share)
FROM (SELECT market, month, drug_class, count(*) / sum(count(*)) OVER (PARTITION BY market, month) AS share
      FROM supply WHERE origin = 'BE' GROUP BY market, month, drug_class) GROUP BY ALL
UNION ALL -- 16
SELECT 'empire', 'rank of DM01_T', 'BE', drug_class, rank() OVER (ORDER BY count(*) DESC)
FROM paid JOIN listings USING (market, listing) WHERE paid.origin = 'BE' GROUP BY drug_class
UNION ALL
SELECT 'empire', 'DM02_T', 'BE', 'all', sum(own * whole) / sqrt(sum(own * own) * sum(whole * whole))
FROM (SELECT count(*) FILTER (paid.origin = 'BE')::DOUBLE AS own, count(*)::DOUBLE AS whole
      FROM paid JOIN listings USING (market, listing) GROUP BY drug_class)
UNION ALL -- 18
SELECT market, 'RT02', 'BE', 'all', avg(abroad) FROM
  (SELECT market, vendor, max((reach <> 'domestic')::INT) AS abroad FROM supply WHERE origin = 'BE' AND reach IS NOT NULL GROUP BY ALL)
GROUP BY market
UNION ALL -- 19
SELECT 'all', 'RT03_n:' || name, 'BE', 'all', count(DISTINCT (market, vendor)) FROM supply,
  (VALUES ('ANGLO', ['United States', 'United Kingdom', 'Canada', 'Australia', 'New Zealand', 'Ireland']), ('NL', ['Netherlands'])) x(name, of)
WHERE origin = 'BE' AND list_has_any(excluded, of) GROUP BY name
UNION ALL -- 20
SELECT 'all', 'MO01', 'BE', 'all', max(n) FROM
  (SELECT count(*) AS n FROM places WHERE len(origins) > 1 AND list_contains(origins, 'BE') GROUP BY market, month)
UNION ALL
SELECT 'all', 'MO02', 'BE', 'all', count(DISTINCT (a.market, a.vendor))
FROM places a JOIN places b ON a.market = b.market AND a.vendor = b.vendor AND b.place > a.place
JOIN everywhere e ON e.market = a.market AND e.vendor = a.vendor
WHERE NOT list_has_any(a.origins, b.origins) AND list_contains(e.origins, 'BE')
UNION ALL -- 21
SELECT 'all', 'MO03:' || x.dest, x.source, 'all', count(DISTINCT (b.market, b.vendor)) FILTER (b.vendor IS NOT NULL)
FROM (VALUES ('NL', 'BE'), ('BE', 'DE')) x(source, dest)
LEFT JOIN places a ON list_contains(a.origins, x.source) AND NOT list_contains(a.origins, x.dest)
LEFT JOIN places b ON a.market = b.market AND a.vendor = b.vendor AND b.place = a.place + 1
  AND list_contains(b.origins, x.dest) AND NOT list_contains(b.origins, x.source)
GROUP BY ALL
UNION ALL -- 22
SELECT 'all', 'RT04:world', 'BE', 'all', avg((reach = 'world')::INT) FROM supply WHERE origin = 'BE' AND reach IS NOT NULL
UNION ALL -- 23, 24
SELECT market, 'MO04:NL', 'BE', 'all', avg(list_contains(origins, 'NL')::INT)
FROM everywhere WHERE len(origins) > 1 AND list_contains(origins, 'BE') GROUP BY market
UNION ALL -- 26 to 32
SELECT 'empire', 'TS01:200', 'W', 'all', avg((euros > 200)::INT) FROM paid
UNION ALL SELECT 'empire', 'TS01:200', 'BE', 'all', avg((euros > 200)::INT) FROM paid WHERE origin = 'BE'
UNION ALL SELECT 'empire', 'TS01:1000', 'BE', 'all', avg((euros > 1000)::INT) FROM paid WHERE origin = 'BE'
UNION ALL SELECT 'empire', 'TS05_price', 'BE', 'all', avg((dollars >= 1000)::INT) FROM paid WHERE origin = 'BE'
UNION ALL SELECT 'empire', 'TS02', 'BE', 'all', max(euros) FROM paid WHERE origin = 'BE'
UNION ALL SELECT unnest(['empire', 'all']), 'TS03', 'BE', 'all', avg(euros) FROM paid WHERE origin = 'BE'
UNION ALL SELECT 'empire', 'TS04:200', 'BE', 'all', sum(euros) FILTER (euros >= 200) / sum(euros) FROM paid WHERE origin = 'BE'
UNION ALL -- 33
SELECT 'wall_street', 'SK03_T:dream_closure_notice', 'W', 'all', min(week)
FROM (SELECT age // 7 AS week, sum(sales) / 7 AS mean FROM daily WHERE age BETWEEN 0 AND 27 GROUP BY ALL)
WHERE mean >= (SELECT sum(sales) / 28 FROM daily WHERE age BETWEEN -28 AND -1)
UNION ALL -- 35: the same key on both markets (links by name or likeness are not facts of the world)
SELECT 'dream', 'MG01_A:wall_street', 'BE', 'all', count(DISTINCT d.vendor)
FROM (SELECT DISTINCT s.vendor, v.key FROM supply s JOIN vendors v USING (market, vendor) WHERE s.market = 'dream'
      AND v.key IS NOT NULL AND s.vendor IN (SELECT vendor FROM supply WHERE market = 'dream' AND origin = 'BE')) d
JOIN (SELECT v.key FROM supply s JOIN vendors v USING (market, vendor) WHERE s.market = 'wall_street'
      GROUP BY v.vendor, v.key HAVING min(s.month) BETWEEN '2019-03' AND '2019-05') w USING (key)
UNION ALL -- 62a: every sale of these worlds is rated
SELECT DISTINCT market, 'RD02', 'W', 'all', 1.0 FROM months
ORDER BY ALL;
