-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, count(*) FILTER (WHERE e.c0 = $1) AS r1, CASE WHEN isfinite((CASE WHEN CAST(count(*) AS DOUBLE) <> 0 THEN CAST(count(*) FILTER (WHERE e.c0 = $1) AS DOUBLE) / CAST(count(*) AS DOUBLE) END * CAST($2 AS DOUBLE))) THEN (CASE WHEN CAST(count(*) AS DOUBLE) <> 0 THEN CAST(count(*) FILTER (WHERE e.c0 = $1) AS DOUBLE) / CAST(count(*) AS DOUBLE) END * CAST($2 AS DOUBLE)) END AS r2
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4
-- $1: Bool true
-- $2: Float64 100
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0, count(*) FILTER (WHERE e.c0 = $1) AS r1, CASE WHEN isfinite((CASE WHEN CAST(count(*) AS DOUBLE) <> 0 THEN CAST(count(*) FILTER (WHERE e.c0 = $1) AS DOUBLE) / CAST(count(*) AS DOUBLE) END * CAST($2 AS DOUBLE))) THEN (CASE WHEN CAST(count(*) AS DOUBLE) <> 0 THEN CAST(count(*) FILTER (WHERE e.c0 = $1) AS DOUBLE) / CAST(count(*) AS DOUBLE) END * CAST($2 AS DOUBLE)) END AS r2
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4
GROUP BY 1
LIMIT 1000001
-- $1: Bool true
-- $2: Float64 100
-- $3: Int64 1000000000
-- $4: Int64 61000000000

