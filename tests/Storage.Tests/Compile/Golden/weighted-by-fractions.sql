-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r1, min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r2
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER () AS all0
FROM (
SELECT e.*, CASE WHEN isfinite(e.c1) AND e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0, sum(CAST(e.c0 AS DOUBLE) * e.w) AS r1, min(e.c0) FILTER (WHERE e.c0 IS NOT NULL AND e.below0 * 1000 >= e.all0 * 500) AS r2
FROM (
SELECT e.*, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000 ORDER BY e.c0) AS below0, sum(CASE WHEN e.c0 IS NOT NULL THEN e.w ELSE 0 END) OVER (PARTITION BY e.time // 1000000000 * 1000000000) AS all0
FROM (
SELECT e.*, CASE WHEN isfinite(e.c1) AND e.c1 >= 1 THEN e.c1 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

