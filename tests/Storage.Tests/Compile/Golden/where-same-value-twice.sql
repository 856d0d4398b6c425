-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) FILTER (WHERE e.c0 = $1) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.c1 = $1
-- $1: String a
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) FILTER (WHERE e.c0 = $1) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.c1 = $1
GROUP BY 1
LIMIT 1000001
-- $1: String a
-- $2: Int64 1000000000
-- $3: Int64 61000000000

