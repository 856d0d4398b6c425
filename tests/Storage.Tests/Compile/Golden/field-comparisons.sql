-- all together
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, p0 AS matched, CAST(p0 AS DOUBLE) AS weight, p0 AS r0 FROM (
SELECT count(*) AS p0
FROM (SELECT e.*, (((e.c0 = e.c1) OR (CAST(e.c2 AS DOUBLE) <= e.c3 AND NOT isnan(e.c3)) OR (e.c2 IN ($1)) OR contains(e.c0, e.c1) OR (CASE WHEN isfinite(TRY_CAST(e.c1 AS DOUBLE)) THEN TRY_CAST(e.c1 AS DOUBLE) END > $2) OR (e.time >= $3) OR CASE lower(e.c1) WHEN 'true' THEN true WHEN 'false' THEN false END OR (e.c0 IS NOT NULL)) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e) AS e
WHERE e.time >= $4 AND e.time < $5 AND e.f0 = $6
)
-- $1: Int64 1
-- $2: Float64 5
-- $3: Int64 30000000000
-- $4: Int64 1000000000
-- $5: Int64 61000000000
-- $6: Bool true

