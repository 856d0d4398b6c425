-- all together
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, p0 AS matched, CAST(p0 AS DOUBLE) AS weight FROM (
SELECT count(*) AS p0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- heatmap range
SELECT CAST(min(e.c0) AS DOUBLE) AS v0, CAST(max(e.c0) AS DOUBLE) AS v1, CAST((quantile_disc(e.c0, [0.5, 0.99]))[1] AS DOUBLE) AS v2, CAST((quantile_disc(e.c0, [0.5, 0.99]))[2] AS DOUBLE) AS v3
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND isfinite(e.c0)
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- heatmap cells
SELECT e.k0, CASE
  WHEN e.x IS NULL THEN CASE WHEN e.v IS NULL THEN -2 ELSE -1 END
  WHEN abs(e.x - round(e.x)) > 1.0000000017225279E-06 THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT)
  WHEN e.v < (CAST(string_split($1, ',') AS DOUBLE[]))[CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 1] THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) - 1
  WHEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) < 1 AND e.v >= (CAST(string_split($1, ',') AS DOUBLE[]))[CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 2] THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 1
  ELSE CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) END AS k1,
  CAST(count(*) AS DOUBLE) AS weight, CAST(NULL AS DOUBLE) AS nonpositive
FROM (
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(e.c0 AS DOUBLE) AS v, CASE WHEN isfinite(CAST(e.c0 AS DOUBLE)) THEN (CAST(e.c0 AS DOUBLE) / 2 - $2) / $3 * 2 END AS x
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $4 AND e.time < $5
) AS e
GROUP BY 1, 2
-- $1: String 1,10,100
-- $2: Float64 0.5
-- $3: Float64 49.5
-- $4: Int64 1000000000
-- $5: Int64 61000000000

