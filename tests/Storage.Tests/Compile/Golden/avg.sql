-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r0, avg(e.c1) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r0, avg(e.c1) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

