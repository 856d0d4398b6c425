-- all together
WITH f AS MATERIALIZED (
SELECT e.time // 1000000000 * 1000000000 AS t, count(*) FILTER (WHERE (contains(lower(e.c0), lower($1)) OR contains(lower(e.c1), lower($1)) OR contains(lower(e.c2), lower($1)))) AS p0, count(*) AS p1
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND (contains(lower(e.c0), lower($4)) OR contains(lower(e.c1), lower($4)) OR contains(lower(e.c2), lower($4))) AND (contains(lower(CAST(e.c3 AS VARCHAR)), lower($5))) IS NOT TRUE
GROUP BY e.time // 1000000000 * 1000000000
)
SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, CAST(coalesce(sum(p1), 0) AS BIGINT) AS matched, CAST(CAST(coalesce(sum(p1), 0) AS BIGINT) AS DOUBLE) AS weight, CAST(coalesce(sum(p0), 0) AS BIGINT) AS r0 FROM f
UNION ALL (SELECT * FROM (SELECT CAST(3 AS BIGINT) AS part, CAST(1 AS BIGINT) AS n, t AS t, CAST(NULL AS BIGINT) AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, p0 AS r0 FROM f) LIMIT 1000001)
-- $1: String x
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: String Timeout
-- $5: String 50

