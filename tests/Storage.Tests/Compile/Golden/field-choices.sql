-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT e.*, CASE WHEN (e.c0 = $1) THEN CAST($2 AS VARCHAR) WHEN (e.c0 = $3) THEN CAST($4 AS VARCHAR) ELSE CASE WHEN e.c1 THEN CAST($5 AS VARCHAR) ELSE coalesce(e.c2, e.c3) END END AS f0 FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e) AS e
WHERE e.time >= $6 AND e.time < $7
-- $1: Int64 200
-- $2: String ok
-- $3: Int64 404
-- $4: String lost
-- $5: String bad
-- $6: Int64 1000000000
-- $7: Int64 61000000000

-- groups
SELECT CAST(hash(e.f0) >> 1 AS BIGINT) AS k, e.f0 AS g0, count(*) AS r0
FROM (SELECT e.*, CASE WHEN (e.c0 = $1) THEN CAST($2 AS VARCHAR) WHEN (e.c0 = $3) THEN CAST($4 AS VARCHAR) ELSE CASE WHEN e.c1 THEN CAST($5 AS VARCHAR) ELSE coalesce(e.c2, e.c3) END END AS f0 FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e) AS e
WHERE e.time >= $6 AND e.time < $7
GROUP BY e.f0
ORDER BY count(*) DESC NULLS LAST, e.f0 ASC NULLS LAST
LIMIT 101
-- $1: Int64 200
-- $2: String ok
-- $3: Int64 404
-- $4: String lost
-- $5: String bad
-- $6: Int64 1000000000
-- $7: Int64 61000000000

