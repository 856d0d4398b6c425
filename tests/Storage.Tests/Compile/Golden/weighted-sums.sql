-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, CASE WHEN max(e.w) <= 4294967296 THEN TRY_CAST(sum(CAST(e.c0 AS HUGEINT) * least(e.w, 4294967296)) AS BIGINT) END AS r0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r0x, sum(e.c1 * e.w) FILTER (WHERE isfinite(e.c1)) AS r1, sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.c0 IS NOT NULL) / CAST(sum(e.w) FILTER (WHERE e.c0 IS NOT NULL) AS DOUBLE) AS r2, min(e.c0) AS r3, count(DISTINCT e.c2) AS r4
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CASE WHEN max(e.w) <= 4294967296 THEN TRY_CAST(sum(CAST(e.c0 AS HUGEINT) * least(e.w, 4294967296)) AS BIGINT) END AS r0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r0x, sum(e.c1 * e.w) FILTER (WHERE isfinite(e.c1)) AS r1, sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.c0 IS NOT NULL) / CAST(sum(e.w) FILTER (WHERE e.c0 IS NOT NULL) AS DOUBLE) AS r2, min(e.c0) AS r3, count(DISTINCT e.c2) AS r4
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

