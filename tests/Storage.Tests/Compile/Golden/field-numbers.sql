-- all together
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, p1 AS matched, CAST(p1 AS DOUBLE) AS weight, p0 AS r0 FROM (
SELECT max(e.f0) FILTER (WHERE isfinite(e.f0)) AS p0, count(*) AS p1
FROM (SELECT e.*, least(CAST(greatest((TRY_CAST(CAST(e.c0 AS HUGEINT) % CAST($1 AS BIGINT) AS BIGINT)), CAST($2 AS BIGINT)) AS DOUBLE), CASE WHEN e.c1 > 0 THEN log10(e.c1) END, CAST(TRY_CAST(CAST(CAST($3 AS BIGINT) AS HUGEINT) - CAST(e.c0 AS HUGEINT) AS BIGINT) AS DOUBLE), (e.c1 % CAST($4 AS DOUBLE))) AS f0 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $5 AND e.time < $6
)
-- $1: Int64 7
-- $2: Int64 3
-- $3: Int64 0
-- $4: Float64 0.5
-- $5: Int64 1000000000
-- $6: Int64 61000000000

