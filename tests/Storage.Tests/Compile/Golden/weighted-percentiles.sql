-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 500) AS r0, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 990) AS r1, min(e.c1) FILTER (WHERE e.c2 = $1 AND e.c1 IS NOT NULL AND e.below1 * 1000 >= e.all1 * 990) AS r2
FROM (
SELECT e.*, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (ORDER BY e.c0) AS below0, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER () AS all0, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (ORDER BY e.c1) AS below1, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER () AS all1
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
) AS e
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- groups
SELECT CAST(hash(e.c3) >> 1 AS BIGINT) AS k, e.c3 AS g0, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 500) AS r0, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 990) AS r1, min(e.c1) FILTER (WHERE e.c2 = $1 AND e.c1 IS NOT NULL AND e.below1 * 1000 >= e.all1 * 990) AS r2
FROM (
SELECT e.*, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (PARTITION BY e.c3 ORDER BY e.c0) AS below0, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (PARTITION BY e.c3) AS all0, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c3 ORDER BY e.c1) AS below1, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.c3) AS all1
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
) AS e
GROUP BY e.c3
ORDER BY min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 500) DESC NULLS LAST, e.c3 ASC NULLS LAST
LIMIT 3
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- other
SELECT min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 500) AS r0, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 990) AS r1, min(e.c1) FILTER (WHERE e.c2 = $1 AND e.c1 IS NOT NULL AND e.below1 * 1000 >= e.all1 * 990) AS r2
FROM (
SELECT e.*, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (ORDER BY e.c0) AS below0, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER () AS all0, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (ORDER BY e.c1) AS below1, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER () AS all1
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c3) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
) AS e
) AS e
-- $1: Bool true
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c3) >> 1 AS BIGINT) AS k1, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 500) AS r0, min(e.c0) FILTER (WHERE isfinite(e.c0) AND e.below0 * 1000 >= e.all0 * 990) AS r1, min(e.c1) FILTER (WHERE e.c2 = $1 AND e.c1 IS NOT NULL AND e.below1 * 1000 >= e.all1 * 990) AS r2
FROM (
SELECT e.*, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c3) >> 1 AS BIGINT) ORDER BY e.c0) AS below0, sum(CASE WHEN isfinite(e.c0) THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c3) >> 1 AS BIGINT)) AS all0, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c3) >> 1 AS BIGINT) ORDER BY e.c1) AS below1, sum(CASE WHEN e.c2 = $1 AND e.c1 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000, CAST(hash(e.c3) >> 1 AS BIGINT)) AS all1
FROM (
SELECT e.*, CASE WHEN e.c4 >= 1 THEN e.c4 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c3) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
) AS e
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: Bool true
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

