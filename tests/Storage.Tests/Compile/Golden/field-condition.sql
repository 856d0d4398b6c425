-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT e.*, ((((e.c0 > $1 AND NOT isnan(e.c0))) OR (e.c1 IS NOT TRUE)) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.f0 = $4 AND e.c2 = $5
-- $1: Float64 500
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Bool true
-- $5: String x

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT e.*, ((((e.c0 > $1 AND NOT isnan(e.c0))) OR (e.c1 IS NOT TRUE)) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.f0 = $4 AND e.c2 = $5
GROUP BY 1
LIMIT 1000001
-- $1: Float64 500
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Bool true
-- $5: String x

