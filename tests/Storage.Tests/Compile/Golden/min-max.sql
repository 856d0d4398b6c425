-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, min(e.c0) FILTER (WHERE isfinite(e.c0)) AS p0, max(e.c1) AS p1, min(e.c2) AS p2, max(e.c3) AS p3, min(e.time) AS p4, count(*) AS p5
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p5), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p5), 0) AS BIGINT) AS DOUBLE) AS weight, min(p0) AS r0, max(p1) AS r1, min(p2) AS r2, max(p3) AS r3, min(p4) AS r4 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0, p1 AS r1, p2 AS r2, p3 AS r3, p4 AS r4 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

