-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, count(*) AS p0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND (e.c0 = $3 OR e.c0 = $4)
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p0), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true
-- $4: Bool false

