-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, min(e.c0) FILTER (WHERE isfinite(e.c0)) AS r0, max(e.c1) AS r1, min(e.c2) AS r2, max(e.c3) AS r3, min(e.time) AS r4
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, min(e.c0) FILTER (WHERE isfinite(e.c0)) AS r0, max(e.c1) AS r1, min(e.c2) AS r2, max(e.c3) AS r3, min(e.time) AS r4
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

