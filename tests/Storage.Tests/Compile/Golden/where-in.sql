-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 IN ($3, $4) AND (e.c1 IN ($5, $6)) IS NOT TRUE
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String a
-- $4: String b
-- $5: Int64 1
-- $6: Int64 3

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 IN ($3, $4) AND (e.c1 IN ($5, $6)) IS NOT TRUE
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String a
-- $4: String b
-- $5: Int64 1
-- $6: Int64 3

