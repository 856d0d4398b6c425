-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, CASE WHEN min(e.first0) < max(e.last0) THEN CAST(sum(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0) AS DOUBLE) - CAST(sum(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0) AS DOUBLE) END AS r0, CASE WHEN min(e.first1) < max(e.last1) THEN CAST(CAST(sum(e.c1) FILTER (WHERE e.c2 = $1 AND e.time // 1000000000 * 1000000000 = e.last1 AND isfinite(e.c1)) AS DOUBLE) / count(e.c1) FILTER (WHERE e.c2 = $1 AND e.time // 1000000000 * 1000000000 = e.last1 AND isfinite(e.c1)) AS DOUBLE) - CAST(CAST(sum(e.c1) FILTER (WHERE e.c2 = $1 AND e.time // 1000000000 * 1000000000 = e.first1 AND isfinite(e.c1)) AS DOUBLE) / count(e.c1) FILTER (WHERE e.c2 = $1 AND e.time // 1000000000 * 1000000000 = e.first1 AND isfinite(e.c1)) AS DOUBLE) END AS r1
FROM (
SELECT e.*, min(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS first0, max(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS last0, min(CASE WHEN e.c2 = $1 AND isfinite(e.c1) THEN e.time // 1000000000 * 1000000000 END) OVER () AS first1, max(CASE WHEN e.c2 = $1 AND isfinite(e.c1) THEN e.time // 1000000000 * 1000000000 END) OVER () AS last1
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(sum(e.c0) AS DOUBLE) - lag(CAST(sum(e.c0) AS DOUBLE)) OVER (ORDER BY e.time // 1000000000 * 1000000000) END AS r0, CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(CAST(sum(e.c1) FILTER (WHERE e.c2 = $1 AND isfinite(e.c1)) AS DOUBLE) / count(e.c1) FILTER (WHERE e.c2 = $1 AND isfinite(e.c1)) AS DOUBLE) - lag(CAST(CAST(sum(e.c1) FILTER (WHERE e.c2 = $1 AND isfinite(e.c1)) AS DOUBLE) / count(e.c1) FILTER (WHERE e.c2 = $1 AND isfinite(e.c1)) AS DOUBLE)) OVER (ORDER BY e.time // 1000000000 * 1000000000) END AS r1
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
GROUP BY 1
LIMIT 1000001
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

