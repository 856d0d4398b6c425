-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[2] AS r0, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[1] AS r1, (quantile_disc(e.c0, [0.5]) FILTER (WHERE e.c1 = $1 AND isfinite(e.c0)))[1] AS r2, (quantile_disc(e.c2, [0.001]))[1] AS r3
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[2] AS r0, (quantile_disc(e.c0, [0.5, 0.999]) FILTER (WHERE isfinite(e.c0)))[1] AS r1, (quantile_disc(e.c0, [0.5]) FILTER (WHERE e.c1 = $1 AND isfinite(e.c0)))[1] AS r2, (quantile_disc(e.c2, [0.001]))[1] AS r3
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
GROUP BY 1
LIMIT 1000001
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

