-- all together
WITH f AS MATERIALIZED (
SELECT 1 + 2 * grouping(e.c1) AS z, CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS v0, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
GROUP BY GROUPING SETS ((e.c1), ())
),
g AS (SELECT * FROM f WHERE z = 1),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST) AS n
FROM (SELECT * FROM g WHERE v0 > $3 ORDER BY v0 DESC NULLS LAST, g0 ASC NULLS LAST LIMIT 3)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, matched, weight, r0 FROM f WHERE z = 3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Int64 1

-- other
SELECT (weighted_ranks_int_all(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT)) AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (
SELECT CAST(hash(e.c1) >> 1 AS BIGINT)
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY e.c1
HAVING (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] > $4
)
) AS e
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Int64 1

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

