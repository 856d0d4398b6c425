-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0
FROM (
SELECT e.*, CASE WHEN CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END >= 1 THEN CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END ELSE 1 END AS w
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0
FROM (
SELECT e.*, CASE WHEN CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END >= 1 THEN CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END ELSE 1 END AS w
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

