-- all together
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, p0 AS matched, CAST(p0 AS DOUBLE) AS weight FROM (
SELECT count(*) AS p0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
)
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
SELECT k0, unnest(range(len(cells))) AS k1, unnest(cells) AS weight, missing, nonpositive
FROM (
SELECT e.time // 1000000000 * 1000000000 AS k0, coalesce(heat_cells(CAST(e.c0 AS DOUBLE), CAST(1 AS DOUBLE), CAST(string_split($1, ',') AS DOUBLE[]), 0), [0.0::DOUBLE]) AS cells,
  CAST(count(*) FILTER (WHERE e.c0 IS NULL) AS DOUBLE) AS missing, CAST(NULL AS DOUBLE) AS nonpositive
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND e.c1 = $2
GROUP BY 1
)
-- $1: String 1,10,100
-- $2: String x
-- $3: Int64 1000000000
-- $4: Int64 61000000000

