-- all together
WITH f AS MATERIALIZED (
SELECT grouping(e.t) + 2 AS z, e.t AS t, CAST(0 AS BIGINT) AS k, count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS v0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS v1, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS v2, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r1, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r2
FROM (
SELECT e.*, e.time // 1000000000 * 1000000000 AS t
FROM (
SELECT e.*, CASE WHEN isfinite(e.c1) AND e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
GROUP BY GROUPING SETS ((e.t), ())
),
g AS (SELECT * FROM f WHERE z = 3),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1, r2 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, matched, weight, r0, r1, r2 FROM f WHERE z = 3
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1, r2 FROM (SELECT * FROM f WHERE z = 2) AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

