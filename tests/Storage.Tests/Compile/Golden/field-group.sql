-- all together
WITH f AS MATERIALIZED (
SELECT 1 + 2 * grouping(e.f0) AS z, CAST(hash(e.f0) >> 1 AS BIGINT) AS k, e.f0 AS g0, count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS v0, (quantile_disc(e.f1, [0.99]) FILTER (WHERE isfinite(e.f1)))[1] AS v1, count(*) AS r0, (quantile_disc(e.f1, [0.99]) FILTER (WHERE isfinite(e.f1)))[1] AS r1
FROM (SELECT e.*, (floor((e.c0 - CAST($2 AS DOUBLE)) / CAST($1 AS DOUBLE)) * CAST($1 AS DOUBLE) + CAST($2 AS DOUBLE)) AS f0, CASE WHEN CAST(e.c1 AS DOUBLE) <> 0 THEN e.c0 / CAST(e.c1 AS DOUBLE) END AS f1 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $3 AND e.time < $4 AND (e.f0 > $1 AND NOT isnan(e.f0))
GROUP BY GROUPING SETS ((e.f0), ())
),
g AS (SELECT * FROM f WHERE z = 1),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST) AS n
FROM (SELECT * FROM g ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST LIMIT 4)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS DOUBLE) AS g0, matched, weight, r0, r1 FROM f WHERE z = 3
-- $1: Float64 100
-- $2: Float64 0
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- other
SELECT count(*) AS r0, (quantile_disc(e.f1, [0.99]) FILTER (WHERE isfinite(e.f1)))[1] AS r1
FROM (SELECT e.*, (floor((e.c0 - CAST($3 AS DOUBLE)) / CAST($2 AS DOUBLE)) * CAST($2 AS DOUBLE) + CAST($3 AS DOUBLE)) AS f0, CASE WHEN CAST(e.c1 AS DOUBLE) <> 0 THEN e.c0 / CAST(e.c1 AS DOUBLE) END AS f1 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $4 AND e.time < $5 AND (e.f0 > $2 AND NOT isnan(e.f0)) AND CAST(hash(e.f0) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 7,-7
-- $2: Float64 100
-- $3: Float64 0
-- $4: Int64 1000000000
-- $5: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.f0) >> 1 AS BIGINT) AS k1, count(*) AS r0, (quantile_disc(e.f1, [0.99]) FILTER (WHERE isfinite(e.f1)))[1] AS r1
FROM (SELECT e.*, (floor((e.c0 - CAST($3 AS DOUBLE)) / CAST($2 AS DOUBLE)) * CAST($2 AS DOUBLE) + CAST($3 AS DOUBLE)) AS f0, CASE WHEN CAST(e.c1 AS DOUBLE) <> 0 THEN e.c0 / CAST(e.c1 AS DOUBLE) END AS f1 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $4 AND e.time < $5 AND (e.f0 > $2 AND NOT isnan(e.f0)) AND CAST(hash(e.f0) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Float64 100
-- $3: Float64 0
-- $4: Int64 1000000000
-- $5: Int64 61000000000

