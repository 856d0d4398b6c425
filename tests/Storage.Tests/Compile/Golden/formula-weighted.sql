-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, TRY_CAST(coalesce(sum(e.w), 0) AS BIGINT) AS r0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0x, CASE WHEN max(e.w) <= 4294967296 THEN TRY_CAST(sum(CAST(e.c0 AS HUGEINT) * least(e.w, 4294967296)) AS BIGINT) END AS r1, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r1x, CASE WHEN isfinite(CASE WHEN CAST(coalesce(sum(e.w), 0) AS DOUBLE) <> 0 THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE) / CAST(coalesce(sum(e.w), 0) AS DOUBLE) END) THEN CASE WHEN CAST(coalesce(sum(e.w), 0) AS DOUBLE) <> 0 THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE) / CAST(coalesce(sum(e.w), 0) AS DOUBLE) END END AS r2
FROM (
SELECT e.*, CASE WHEN e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, TRY_CAST(coalesce(sum(e.w), 0) AS BIGINT) AS r0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0x, CASE WHEN max(e.w) <= 4294967296 THEN TRY_CAST(sum(CAST(e.c0 AS HUGEINT) * least(e.w, 4294967296)) AS BIGINT) END AS r1, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r1x, CASE WHEN isfinite(CASE WHEN CAST(coalesce(sum(e.w), 0) AS DOUBLE) <> 0 THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE) / CAST(coalesce(sum(e.w), 0) AS DOUBLE) END) THEN CASE WHEN CAST(coalesce(sum(e.w), 0) AS DOUBLE) <> 0 THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE) / CAST(coalesce(sum(e.w), 0) AS DOUBLE) END END AS r2
FROM (
SELECT e.*, CASE WHEN e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

