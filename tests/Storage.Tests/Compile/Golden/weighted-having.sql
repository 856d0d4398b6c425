-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r0
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER () AS all0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r0
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c1 ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c1) AS all0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
GROUP BY e.c1
HAVING min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) > $3
ORDER BY min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) DESC NULLS LAST, e.c1 ASC NULLS LAST
LIMIT 3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Int64 1

-- other
SELECT min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r0
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER () AS all0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT)) AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (
SELECT CAST(hash(e.c1) >> 1 AS BIGINT)
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c1 ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c1) AS all0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
) AS e
GROUP BY e.c1
HAVING min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) > $4
)
) AS e
) AS e
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Int64 1

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r0
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c1) >> 1 AS BIGINT)) AS all0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
) AS e
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

