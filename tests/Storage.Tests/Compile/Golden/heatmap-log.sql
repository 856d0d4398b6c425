-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, CAST(hash(e.c2) >> 1 AS BIGINT) AS k, e.c2 AS g0, count(*) AS p0
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3
GROUP BY e.time // 1000000000 * 1000000000, e.c2
),
g AS MATERIALIZED (
SELECT k, g0, CAST(coalesce(sum(p0), 0) AS BIGINT) AS p0
FROM f
GROUP BY k, g0
),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY p0 DESC NULLS LAST, g0 ASC NULLS LAST) AS n
FROM (SELECT * FROM g ORDER BY p0 DESC NULLS LAST, g0 ASC NULLS LAST LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(coalesce(sum(p0), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g
UNION ALL SELECT CAST(2 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g WHERE k NOT IN (SELECT k FROM s WHERE n <= 100) HAVING count(*) > 0
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

-- heatmap range
SELECT CAST(min(e.c0) AS DOUBLE) AS v0, CAST(max(e.c0) AS DOUBLE) AS v1, CAST((quantile_disc(e.c0, [0.5, 0.99]))[1] AS DOUBLE) AS v2, CAST((quantile_disc(e.c0, [0.5, 0.99]))[2] AS DOUBLE) AS v3
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3 AND e.c0 IS NOT NULL
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

-- heatmap cells
SELECT k0, unnest(range(len(cells))) AS k1, unnest(cells) AS weight, missing, nonpositive
FROM (
SELECT e.time // 1000000000 * 1000000000 AS k0, coalesce(heat_cells(CAST(e.c0 AS DOUBLE), CAST(1 AS DOUBLE), CAST(string_split($1, ',') AS DOUBLE[]), 0), [0.0::DOUBLE]) AS cells,
  CAST(count(*) FILTER (WHERE e.c0 IS NULL) AS DOUBLE) AS missing, CAST(NULL AS DOUBLE) AS nonpositive
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.c1 = $4
GROUP BY 1
)
-- $1: String 1,10,100
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Bool true

