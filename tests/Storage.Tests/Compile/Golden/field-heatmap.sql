-- all together
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, p0 AS matched, CAST(p0 AS DOUBLE) AS weight FROM (
SELECT count(*) AS p0
FROM (SELECT e.*, (e.c0 * CAST($1 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c0 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3
)
-- $1: Float64 1000
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- heatmap range
SELECT CAST(min(e.f0) AS DOUBLE) AS v0, CAST(max(e.f0) AS DOUBLE) AS v1, CAST((quantile_disc(e.f0, [0.5, 0.99]))[1] AS DOUBLE) AS v2, CAST((quantile_disc(e.f0, [0.5, 0.99]))[2] AS DOUBLE) AS v3
FROM (SELECT e.*, (e.c0 * CAST($2 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c0 FROM events) AS e) AS e
WHERE e.time >= $3 AND e.time < $4 AND (e.f0 > $1 AND NOT isnan(e.f0)) AND isfinite(e.f0)
-- $1: Float64 1
-- $2: Float64 1000
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- heatmap cells
SELECT e.k0, CASE
  WHEN e.x IS NULL THEN CASE WHEN e.v IS NULL THEN -2 ELSE -1 END
  WHEN abs(e.x - round(e.x)) > 1.0000000017225279E-06 THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT)
  WHEN e.v < (CAST(string_split($1, ',') AS DOUBLE[]))[CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 1] THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) - 1
  WHEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) < 1 AND e.v >= (CAST(string_split($1, ',') AS DOUBLE[]))[CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 2] THEN CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) + 1
  ELSE CAST(least(greatest(floor(e.x), 0), 1) AS BIGINT) END AS k1,
  CAST(count(*) AS DOUBLE) AS weight, CAST(NULL AS DOUBLE) AS nonpositive
FROM (
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(e.f0 AS DOUBLE) AS v, CASE WHEN isfinite(CAST(e.f0 AS DOUBLE)) THEN (CAST(e.f0 AS DOUBLE) / 2 - $2) / $3 * 2 END AS x
FROM (SELECT e.*, (e.c0 * CAST($5 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c0 FROM events) AS e) AS e
WHERE e.time >= $6 AND e.time < $7 AND (e.f0 > $4 AND NOT isnan(e.f0))
) AS e
GROUP BY 1, 2
-- $1: String 1,10,100
-- $2: Float64 0.5
-- $3: Float64 49.5
-- $4: Float64 1
-- $5: Float64 1000
-- $6: Int64 1000000000
-- $7: Int64 61000000000

