-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- heatmap range
SELECT CAST(min(e.c0) AS DOUBLE) AS v0, CAST(max(e.c0) AS DOUBLE) AS v1, CAST((quantile_disc(e.c0, [0.5, 0.99]))[1] AS DOUBLE) AS v2, CAST((quantile_disc(e.c0, [0.5, 0.99]))[2] AS DOUBLE) AS v3
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.c1 = $1 AND isfinite(e.c0)
-- $1: String x
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- heatmap cells
SELECT e.time // 1000000000 * 1000000000 AS k0, CASE WHEN e.c0 IS NULL THEN -2 WHEN NOT isfinite(CAST(e.c0 AS DOUBLE)) THEN -1
  ELSE CASE WHEN CAST(e.c0 AS DOUBLE) < (CAST(string_split($3, ',') AS DOUBLE[]))[CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) + 1] THEN CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) - 1 WHEN CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) < 1 AND CAST(e.c0 AS DOUBLE) >= (CAST(string_split($3, ',') AS DOUBLE[]))[CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) + 2] THEN CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) + 1 ELSE CAST(least(greatest(floor((CAST(e.c0 AS DOUBLE) / 2 - $1) / $2 * 2), 0), 1) AS BIGINT) END END AS k1, CAST(count(*) AS DOUBLE) AS weight, CAST(count(*) FILTER (WHERE e.c0 <= 0 AND isfinite(e.c0)) AS DOUBLE) AS nonpositive
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $5 AND e.time < $6 AND e.c1 = $4
GROUP BY 1, 2
-- $1: Float64 0.5
-- $2: Float64 49.5
-- $3: String 1,10,100
-- $4: String x
-- $5: Int64 1000000000
-- $6: Int64 61000000000

