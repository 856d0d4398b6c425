-- all together
WITH g AS MATERIALIZED (
SELECT CAST(0 AS BIGINT) AS k, count(*) AS p0
FROM (SELECT e.*, (((e.c0 = e.c1) OR (CAST(e.c2 AS DOUBLE) <= e.c3 AND NOT isnan(e.c3)) OR (e.c2 IN ($1)) OR contains(e.c0, e.c1) OR (CASE WHEN isfinite(TRY_CAST(e.c1 AS DOUBLE)) THEN TRY_CAST(e.c1 AS DOUBLE) END > $2) OR (e.time >= $3) OR CASE lower(e.c1) WHEN 'true' THEN true WHEN 'false' THEN false END OR (e.c0 IS NOT NULL)) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e) AS e
WHERE e.time >= $4 AND e.time < $5 AND e.f0 = $6
),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p0), 0) AS BIGINT), CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE), CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g
UNION ALL SELECT CAST(2 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM g WHERE k NOT IN (SELECT k FROM s WHERE n <= 100) HAVING count(*) > 0
-- $1: Int64 1
-- $2: Float64 5
-- $3: Int64 30000000000
-- $4: Int64 1000000000
-- $5: Int64 61000000000
-- $6: Bool true

