-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, sum(e.c0) FILTER (WHERE isfinite(e.c0)) AS p0, count(e.c0) FILTER (WHERE isfinite(e.c0)) AS p1, sum(e.c1) AS p2, count(e.c1) AS p3, count(*) AS p4
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p4), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p4), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(sum(p0) AS DOUBLE) / CAST(coalesce(sum(p1), 0) AS BIGINT) AS r0, CAST(sum(p2) AS DOUBLE) / CAST(coalesce(sum(p3), 0) AS BIGINT) AS r1 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, CAST(p0 AS DOUBLE) / p1 AS r0, CAST(p2 AS DOUBLE) / p3 AS r1 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

