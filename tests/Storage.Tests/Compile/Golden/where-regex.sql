-- patterns
SELECT TRY(regexp_matches('', $1)) IS NOT NULL AS p0, TRY(regexp_matches('', $2)) IS NOT NULL AS p1
-- $1: String ^/api/
-- $2: String [0-9]+

-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND regexp_matches(e.c0, $3) AND (regexp_matches(e.c1, $4)) IS NOT TRUE
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String ^/api/
-- $4: String [0-9]+

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND regexp_matches(e.c0, $3) AND (regexp_matches(e.c1, $4)) IS NOT TRUE
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String ^/api/
-- $4: String [0-9]+

