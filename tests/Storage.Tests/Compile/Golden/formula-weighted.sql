-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, sum(e.w) AS p0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS p1, sum(CAST(e.c0 AS HUGEINT) * least(e.w, 4294967296)) AS p2, max(e.w) AS p3, count(*) AS p4
FROM (
SELECT e.*, CASE WHEN e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p4), 0) AS BIGINT) AS matched, CAST(coalesce(sum(p0), 0) AS DOUBLE) AS weight, TRY_CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0, CAST(coalesce(sum(p0), 0) AS DOUBLE) AS r0x, CASE WHEN max(p3) <= 4294967296 THEN TRY_CAST(sum(p2) AS BIGINT) END AS r1, sum(p1) AS r1x, CASE WHEN isfinite(CASE WHEN CAST(coalesce(sum(p0), 0) AS DOUBLE) <> 0 THEN CAST(sum(p1) AS DOUBLE) / CAST(coalesce(sum(p0), 0) AS DOUBLE) END) THEN CASE WHEN CAST(coalesce(sum(p0), 0) AS DOUBLE) <> 0 THEN CAST(sum(p1) AS DOUBLE) / CAST(coalesce(sum(p0), 0) AS DOUBLE) END END AS r2 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, TRY_CAST(coalesce(p0, 0) AS BIGINT) AS r0, CAST(coalesce(p0, 0) AS DOUBLE) AS r0x, CASE WHEN p3 <= 4294967296 THEN TRY_CAST(p2 AS BIGINT) END AS r1, p1 AS r1x, CASE WHEN isfinite(CASE WHEN CAST(coalesce(p0, 0) AS DOUBLE) <> 0 THEN CAST(p1 AS DOUBLE) / CAST(coalesce(p0, 0) AS DOUBLE) END) THEN CASE WHEN CAST(coalesce(p0, 0) AS DOUBLE) <> 0 THEN CAST(p1 AS DOUBLE) / CAST(coalesce(p0, 0) AS DOUBLE) END END AS r2 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

