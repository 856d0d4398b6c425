-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, max(e.c0) AS r1, TRY_CAST(sum(e.c1) AS BIGINT) AS r2, CAST(sum(e.c1) AS DOUBLE) AS r2x
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c2) >> 1 AS BIGINT) AS k, e.c2 AS g0, count(*) AS r0, max(e.c0) AS r1, TRY_CAST(sum(e.c1) AS BIGINT) AS r2, CAST(sum(e.c1) AS DOUBLE) AS r2x
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY e.c2
HAVING count(*) > $3 AND max(e.c0) IS NOT NULL AND (max(e.c0) = $4) IS NOT TRUE AND CAST(sum(e.c1) AS DOUBLE) < $5
ORDER BY count(*) DESC NULLS LAST, e.c2 ASC NULLS LAST
LIMIT 4
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Int64 10
-- $4: String x
-- $5: Float64 2.5

-- other
SELECT count(*) AS r0, max(e.c0) AS r1, TRY_CAST(sum(e.c1) AS BIGINT) AS r2, CAST(sum(e.c1) AS DOUBLE) AS r2x
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c2) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT)) AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (
SELECT CAST(hash(e.c2) >> 1 AS BIGINT)
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
GROUP BY e.c2
HAVING count(*) > $4 AND max(e.c0) IS NOT NULL AND (max(e.c0) = $5) IS NOT TRUE AND CAST(sum(e.c1) AS DOUBLE) < $6
)
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Int64 10
-- $5: String x
-- $6: Float64 2.5

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c2) >> 1 AS BIGINT) AS k1, count(*) AS r0, max(e.c0) AS r1, TRY_CAST(sum(e.c1) AS BIGINT) AS r2, CAST(sum(e.c1) AS DOUBLE) AS r2x
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

