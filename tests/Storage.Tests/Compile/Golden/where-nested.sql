-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND (e.c0 = $3 OR (e.c1 >= $4 AND (e.c2 = $5 OR e.c2 = $6) IS NOT TRUE)) AND e.c3 IS NOT NULL
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true
-- $4: Int64 500
-- $5: String x
-- $6: String y

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND (e.c0 = $3 OR (e.c1 >= $4 AND (e.c2 = $5 OR e.c2 = $6) IS NOT TRUE)) AND e.c3 IS NOT NULL
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true
-- $4: Int64 500
-- $5: String x
-- $6: String y

