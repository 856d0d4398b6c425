-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, count(*) AS p0
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND (starts_with(CAST(e.c0 AS VARCHAR), $3) OR ends_with(CASE WHEN e.c1 = trunc(e.c1) AND abs(e.c1) < 1e15 THEN CAST(CAST(e.c1 AS BIGINT) AS VARCHAR) WHEN isfinite(e.c1) THEN upper(CAST(e.c1 AS VARCHAR)) WHEN isnan(e.c1) THEN 'NaN' WHEN e.c1 > 0 THEN 'Infinity' WHEN e.c1 < 0 THEN '-Infinity' END, $4) OR starts_with(CAST(e.c2 AS VARCHAR), $5))
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p0), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String 5
-- $4: String .5
-- $5: String t

