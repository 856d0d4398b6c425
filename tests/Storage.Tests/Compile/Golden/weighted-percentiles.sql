-- all together
WITH f AS MATERIALIZED (
SELECT 1 + 2 * grouping(e.c3) AS z, CAST(hash(e.c3) >> 1 AS BIGINT) AS k, e.c3 AS g0, count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[7] AS v0, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[12] AS v1, (weighted_ranks_int(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.c2 = $1))[12] AS v2, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[7] AS r0, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[12] AS r1, (weighted_ranks_int(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.c2 = $1))[12] AS r2
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY GROUPING SETS ((e.c3), ())
),
g AS (SELECT * FROM f WHERE z = 1),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST) AS n
FROM (SELECT * FROM g ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST LIMIT 3)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0, r1, r2 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, matched, weight, r0, r1, r2 FROM f WHERE z = 3
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- other
SELECT (weighted_ranks_float_all(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[7] AS r0, (weighted_ranks_float_all(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[12] AS r1, (weighted_ranks_int_all(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.c2 = $1))[12] AS r2
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c3) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
) AS e
-- $1: Bool true
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c3) >> 1 AS BIGINT) AS k1, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[7] AS r0, (weighted_ranks_float(e.c0, CAST(e.w AS DOUBLE), 0) FILTER (WHERE isfinite(e.c0)))[12] AS r1, (weighted_ranks_int(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.c2 = $1))[12] AS r2
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c3) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: Bool true
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

