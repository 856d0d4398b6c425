-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c0) >> 1 AS BIGINT) AS k, e.c0 AS g0, count(*) AS r0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.c0
ORDER BY count(*) DESC NULLS LAST, e.c0 ASC NULLS LAST
LIMIT 101
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 10000000000 * 10000000000 AS k0, CAST(hash(e.c0) >> 1 AS BIGINT) AS k1, count(*) AS r0
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1, 2
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

