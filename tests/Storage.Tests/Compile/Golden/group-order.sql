-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c1, e.c2) >> 1 AS BIGINT) AS k, e.c1 AS g0, e.c2 AS g1, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.c1, e.c2
ORDER BY avg(e.c0) FILTER (WHERE isfinite(e.c0)) ASC NULLS LAST, e.c2 DESC NULLS LAST, e.c1 ASC NULLS LAST
LIMIT 101
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1, e.c2) >> 1 AS BIGINT) AS k1, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1, 2
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

