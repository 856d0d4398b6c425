-- all together
WITH g AS MATERIALIZED (
SELECT CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, count(*) AS p0, sum(e.c0) FILTER (WHERE isfinite(e.c0)) AS p1, count(e.c0) FILTER (WHERE isfinite(e.c0)) AS p2
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.c1
),
s AS MATERIALIZED (
SELECT *, row_number() OVER (ORDER BY p0 DESC NULLS LAST, g0 ASC NULLS LAST) AS n
FROM (SELECT * FROM g ORDER BY p0 DESC NULLS LAST, g0 ASC NULLS LAST LIMIT 4)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, g0 AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0, CAST(p1 AS DOUBLE) / p2 AS r1 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(coalesce(sum(p0), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0, CAST(sum(p1) AS DOUBLE) / CAST(coalesce(sum(p2), 0) AS BIGINT) AS r1 FROM g
UNION ALL SELECT CAST(2 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS VARCHAR) AS g0, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0, CAST(sum(p1) AS DOUBLE) / CAST(coalesce(sum(p2), 0) AS BIGINT) AS r1 FROM g WHERE k NOT IN (SELECT k FROM s WHERE n <= 3) HAVING count(*) > 0
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, count(*) AS r0, CAST(sum(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) / count(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

