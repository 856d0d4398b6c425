-- all together
WITH f AS MATERIALIZED (
SELECT grouping(e.t) + 2 * grouping(e.c2) AS z, e.t AS t, CAST(hash(e.c2, e.c3) >> 1 AS BIGINT) AS k, e.c2 AS g0, e.c3 AS g1, count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS v0, (quantile_disc(e.c0, [0.95]) FILTER (WHERE isfinite(e.c0)))[1] AS v1, count(*) AS r0, (quantile_disc(e.c0, [0.95]) FILTER (WHERE isfinite(e.c0)))[1] AS r1
FROM (
SELECT e.*, e.time // 1000000000 * 1000000000 AS t
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3
) AS e
GROUP BY GROUPING SETS ((e.t, e.c2, e.c3), (e.c2, e.c3), ())
),
g AS (SELECT * FROM f WHERE z = 1),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST, g1 ASC NULLS LAST) AS n
FROM (SELECT * FROM g ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST, g1 ASC NULLS LAST LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, g1 AS g1, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(NULL AS BIGINT) AS g1, matched, weight, r0, r1 FROM f WHERE z = 3
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(NULL AS BIGINT) AS g1, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1 FROM (SELECT * FROM f WHERE z = 0) AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

