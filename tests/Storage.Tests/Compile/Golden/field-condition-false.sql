-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT e.*, ((((e.c0 > $1 AND NOT isnan(e.c0))) AND false) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND ((e.c0 > $1 AND NOT isnan(e.c0)) AND false) IS NOT TRUE
-- $1: Float64 500
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) AS r0
FROM (SELECT e.*, ((((e.c0 > $1 AND NOT isnan(e.c0))) AND false) IS TRUE) AS f0 FROM (SELECT time, seq, c0, c1 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND ((e.c0 > $1 AND NOT isnan(e.c0)) AND false) IS NOT TRUE
GROUP BY 1
LIMIT 1000001
-- $1: Float64 500
-- $2: Int64 1000000000
-- $3: Int64 61000000000

