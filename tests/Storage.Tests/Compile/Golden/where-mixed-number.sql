-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END >= $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Float64 500

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND CASE WHEN isfinite(TRY_CAST(e.c0 AS DOUBLE)) THEN TRY_CAST(e.c0 AS DOUBLE) END >= $3
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Float64 500

