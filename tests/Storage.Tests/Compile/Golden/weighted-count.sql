-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, sum(e.w) AS p0, sum(e.w) FILTER (WHERE e.c1 = $1 AND e.c0 IS NOT NULL) AS p1, count(*) AS p2
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p2), 0) AS BIGINT) AS matched, CAST(coalesce(sum(p0), 0) AS DOUBLE) AS weight, TRY_CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0, CAST(coalesce(sum(p0), 0) AS DOUBLE) AS r0x, TRY_CAST(coalesce(sum(p1), 0) AS BIGINT) AS r1, CAST(coalesce(sum(p1), 0) AS DOUBLE) AS r1x FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, TRY_CAST(coalesce(p0, 0) AS BIGINT) AS r0, CAST(coalesce(p0, 0) AS DOUBLE) AS r0x, TRY_CAST(coalesce(p1, 0) AS BIGINT) AS r1, CAST(coalesce(p1, 0) AS DOUBLE) AS r1x FROM f) LIMIT 1000001)
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

