-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, CAST(0 AS BIGINT) AS k, count(*) FILTER (WHERE (contains(lower(e.c0), lower($1)) OR contains(lower(e.c1), lower($1)) OR contains(lower(e.c2), lower($1)))) AS p0, count(*) AS p1
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND (contains(lower(e.c0), lower($4)) OR contains(lower(e.c1), lower($4)) OR contains(lower(e.c2), lower($4))) AND (contains(lower(CAST(e.c3 AS VARCHAR)), lower($5))) IS NOT TRUE
GROUP BY e.time // 1000000000 * 1000000000
),
g AS MATERIALIZED (
SELECT CAST(0 AS BIGINT) AS k, CAST(coalesce(sum(p0), 0) AS BIGINT) AS p0, CAST(coalesce(sum(p1), 0) AS BIGINT) AS p1
FROM f
),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p1), 0) AS BIGINT), CAST(CAST(coalesce(sum(p1), 0) AS BIGINT) AS DOUBLE), CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g
UNION ALL SELECT CAST(2 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g WHERE k NOT IN (SELECT k FROM s WHERE n <= 100) HAVING count(*) > 0
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, x.n AS n, e.t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f AS e JOIN (SELECT k AS shown, n FROM s WHERE n <= 100) AS x ON e.k = x.shown) LIMIT 1000001)
-- $1: String x
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: String Timeout
-- $5: String 50

