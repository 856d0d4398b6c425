-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.time) >> 1 AS BIGINT) AS k, e.time AS g0, count(*) AS r0
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.time
ORDER BY count(*) DESC NULLS LAST, e.time ASC NULLS LAST
LIMIT 101
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.time) >> 1 AS BIGINT) AS k1, count(*) AS r0
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1, 2
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

