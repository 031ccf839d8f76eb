-- What an archive lets anybody know of a synthetic world: the world's facts, restricted to the pages that are there.
-- Written apart from the pipeline: nothing here is shared with cleaning or indicators.
--
-- vendors, listings, sales: as in truth.sql; sales with `sale`, their number in order of time
-- pages: market, month (of the archive), crawl, moment (true), claimed, capture_id, listing_id (of the offer shown),
--        vendor_name, list_listing, list_name, first and last (places of a list that the page shows, newest is 0)
CREATE OR REPLACE TEMP VIEW captured AS
SELECT DISTINCT p.market, p.month, l.listing, l.vendor, l.origin, l.is_drug
FROM pages p JOIN listings l ON l.market = p.market AND l.listing_id = p.listing_id;

-- A sale stands in one list: Dream's of the vendor, Wall Street's of the offer, Empire's of the vendor by rating.
CREATE OR REPLACE TEMP VIEW listed AS
SELECT s.market, s.sale, s.listing, s.at AS made,
       CASE s.market WHEN 'dream' THEN v.name WHEN 'wall_street' THEN l.listing_id
            ELSE v.name || CASE s.rating WHEN 5 THEN '|p_feedback' WHEN 3 THEN '|c_feedback' ELSE '|n_feedback' END
       END AS list
FROM sales s JOIN listings l ON l.market = s.market AND l.listing = s.listing
JOIN vendors v ON v.market = l.market AND v.vendor = l.vendor;

CREATE OR REPLACE TEMP VIEW views AS
SELECT market, month, capture_id, moment, claimed, first, last,
       CASE market WHEN 'dream' THEN vendor_name WHEN 'wall_street' THEN list_listing
            ELSE vendor_name || '|' || list_name END AS list
FROM pages WHERE first IS NOT NULL;

-- Every sale on every page that shows it, and by how much its date is off there: ages count back from the claimed
-- moment, dates are what they are. Wall Street tells ages for seven days.
CREATE OR REPLACE TEMP TABLE shown AS
SELECT market, month, sale, listing, made,
       made + CASE WHEN market = 'dream' OR (market = 'wall_street' AND made > moment - INTERVAL 7 DAY)
                 THEN claimed - moment ELSE INTERVAL 0 DAY END AS told
FROM (SELECT w.market, w.month, w.moment, w.claimed, w.first, w.last, s.sale, s.listing, s.made,
             row_number() OVER (PARTITION BY w.capture_id ORDER BY s.sale DESC) - 1 AS place
      FROM views w JOIN listed s ON s.market = w.market AND s.list = w.list AND s.made <= w.moment)
WHERE place BETWEEN first AND last;

-- The sales of a month are looked for in its own archive and in that of the month after.
CREATE OR REPLACE TEMP VIEW found AS
SELECT market, month AS of_month, * EXCLUDE (market, month) FROM shown
UNION ALL
SELECT market, strftime(CAST(month || '-01' AS DATE) - INTERVAL 1 MONTH, '%Y-%m'), * EXCLUDE (market, month) FROM shown;

CREATE OR REPLACE TEMP VIEW visible AS
SELECT DISTINCT f.market, f.of_month AS month, f.sale, f.listing,
       c.listing IS NOT NULL AS has_offer
FROM found f LEFT JOIN captured c ON c.market = f.market AND c.month = f.of_month AND c.listing = f.listing
WHERE strftime(f.made AT TIME ZONE 'UTC', '%Y-%m') = f.of_month;

-- Those that some page dates into the month, or within the day that an age is exact to of it.
CREATE OR REPLACE TEMP VIEW datable AS
SELECT DISTINCT market, of_month AS month, sale FROM found
WHERE told AT TIME ZONE 'UTC' >= CAST(of_month || '-01' AS TIMESTAMP) - INTERVAL 1 DAY
  AND told AT TIME ZONE 'UTC' < CAST(of_month || '-01' AS TIMESTAMP) + INTERVAL 1 MONTH + INTERVAL 1 DAY;

WITH cells AS (SELECT DISTINCT market, month FROM pages), counted AS (
    SELECT market, month, 'offers' AS what, CASE origin WHEN '' THEN '_U' ELSE origin END AS country,
           count(*)::DOUBLE AS value FROM captured WHERE is_drug GROUP BY ALL
    UNION ALL SELECT market, month, 'vendors', CASE origin WHEN '' THEN '_U' ELSE origin END, count(DISTINCT vendor)
              FROM captured WHERE is_drug GROUP BY ALL
    UNION ALL SELECT market, month, 'offers', 'W', count(*) FROM captured WHERE is_drug GROUP BY ALL
    UNION ALL SELECT market, month, 'vendors', 'W', count(DISTINCT vendor) FROM captured WHERE is_drug GROUP BY ALL
    UNION ALL SELECT market, month, 'sales', 'W', count(*) FROM visible GROUP BY ALL
    UNION ALL SELECT market, month, 'sales_with_offer', 'W', count(*) FROM visible WHERE has_offer GROUP BY ALL
    UNION ALL SELECT market, month, 'sales_without_offer', 'W', count(*) FROM visible WHERE NOT has_offer GROUP BY ALL
    UNION ALL SELECT market, month, 'sales_datable', 'W', count(*) FROM datable GROUP BY ALL
), stated AS (
    SELECT market, month, what, 'W' AS country FROM cells CROSS JOIN (VALUES ('offers'), ('vendors'), ('sales'),
           ('sales_with_offer'), ('sales_without_offer'), ('sales_datable')) AS names(what)
)
SELECT market, CAST(month || '-01' AS DATE) AS month, what, country, coalesce(value, 0.0) AS value
FROM (SELECT * FROM counted WHERE (market, month) IN (SELECT market, month FROM cells)) counted
FULL JOIN stated USING (market, month, what, country)
ORDER BY ALL;
