-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1
-- $1: Int64 0

-- series
SELECT e.time // 1728000000000000 * 1728000000000000 AS k0, count(*) AS r0
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1
GROUP BY 1
LIMIT 1000001
-- $1: Int64 0

