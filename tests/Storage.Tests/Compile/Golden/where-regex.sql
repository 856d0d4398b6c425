-- patterns
SELECT TRY(regexp_matches('', $1)) IS NOT NULL AS p0, TRY(regexp_matches('', $2)) IS NOT NULL AS p1
-- $1: String ^/api/
-- $2: String [0-9]+

-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, count(*) AS p0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND regexp_matches(e.c0, $3) AND (regexp_matches(e.c1, $4)) IS NOT TRUE
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p0), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p0), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f) LIMIT 1000001)
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String ^/api/
-- $4: String [0-9]+

