-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, (quantile_disc(e.c0, [0.95]) FILTER (WHERE isfinite(e.c0)))[1] AS r1
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

-- groups
SELECT CAST(hash(e.c2, e.c3) >> 1 AS BIGINT) AS k, e.c2 AS g0, e.c3 AS g1, count(*) AS r0, (quantile_disc(e.c0, [0.95]) FILTER (WHERE isfinite(e.c0)))[1] AS r1
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3
GROUP BY e.c2, e.c3
ORDER BY count(*) DESC NULLS LAST, e.c2 ASC NULLS LAST, e.c3 ASC NULLS LAST
LIMIT 101
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c2, e.c3) >> 1 AS BIGINT) AS k1, count(*) AS r0, (quantile_disc(e.c0, [0.95]) FILTER (WHERE isfinite(e.c0)))[1] AS r1
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c1 = $3
GROUP BY 1, 2
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

