-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, CAST(0 AS BIGINT) AS k, min(e.c0) FILTER (WHERE isfinite(e.c0)) AS p0, max(e.c1) AS p1, min(e.c2) AS p2, max(e.c3) AS p3, min(e.time) AS p4, count(*) AS p5
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.time // 1000000000 * 1000000000
),
g AS MATERIALIZED (
SELECT CAST(0 AS BIGINT) AS k, min(p0) AS p0, max(p1) AS p1, min(p2) AS p2, max(p3) AS p3, min(p4) AS p4, CAST(coalesce(sum(p5), 0) AS BIGINT) AS p5
FROM f
),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0, p1 AS r1, p2 AS r2, p3 AS r3, p4 AS r4 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p5), 0) AS BIGINT), CAST(CAST(coalesce(sum(p5), 0) AS BIGINT) AS DOUBLE), min(p0) AS r0, max(p1) AS r1, min(p2) AS r2, max(p3) AS r3, min(p4) AS r4 FROM g
UNION ALL SELECT CAST(2 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, min(p0) AS r0, max(p1) AS r1, min(p2) AS r2, max(p3) AS r3, min(p4) AS r4 FROM g WHERE k NOT IN (SELECT k FROM s WHERE n <= 100) HAVING count(*) > 0
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0, p1 AS r1, p2 AS r2, p3 AS r3, p4 AS r4 FROM f AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

