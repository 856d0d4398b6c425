-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.c1
ORDER BY count(*) DESC NULLS LAST, e.c1 ASC NULLS LAST
LIMIT 4
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- other
SELECT count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

