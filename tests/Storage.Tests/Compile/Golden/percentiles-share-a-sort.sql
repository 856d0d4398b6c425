-- all together
WITH f AS MATERIALIZED (
SELECT grouping(e.t) + 2 AS z, e.t AS t, CAST(0 AS BIGINT) AS k, count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[2] AS v0, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[1] AS v1, (quantile_disc(e.c0, [0.5]) FILTER (WHERE e.c1 = $1 AND isfinite(e.c0)))[1] AS v2, (quantile_disc(e.c2, [0.001]))[1] AS v3, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[2] AS r0, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[1] AS r1, (quantile_disc(e.c0, [0.5]) FILTER (WHERE e.c1 = $1 AND isfinite(e.c0)))[1] AS r2, (quantile_disc(e.c2, [0.001]))[1] AS r3
FROM (
SELECT e.*, e.time // 1000000000 * 1000000000 AS t
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY GROUPING SETS ((e.t), ())
),
g AS (SELECT * FROM f WHERE z = 3),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1, r2, r3 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, matched, weight, r0, r1, r2, r3 FROM f WHERE z = 3
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1, r2, r3 FROM (SELECT * FROM f WHERE z = 2) AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

