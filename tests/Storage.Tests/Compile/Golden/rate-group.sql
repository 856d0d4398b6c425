-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS r0, CASE WHEN isfinite((CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE))) THEN (CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE)) END AS r1
FROM (
SELECT e.*, min(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER () AS first0, max(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER () AS last0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
-- $1: Float64 2
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- groups
SELECT CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS r0, CASE WHEN isfinite((CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE))) THEN (CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE)) END AS r1
FROM (
SELECT e.*, min(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER (PARTITION BY e.c1) AS first0, max(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER (PARTITION BY e.c1) AS last0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY e.c1
ORDER BY CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END DESC NULLS LAST, e.c1 ASC NULLS LAST
LIMIT 4
-- $1: Float64 2
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- other
SELECT CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS r0, CASE WHEN isfinite((CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE))) THEN (CAST(CASE WHEN min(e.first0) < max(e.last0) THEN CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0 AND isfinite(e.c0)) AS DOUBLE) - CAST(max(e.c0) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0 AND isfinite(e.c0)) AS DOUBLE) END AS DOUBLE) * CAST($1 AS DOUBLE)) END AS r1
FROM (
SELECT e.*, min(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER () AS first0, max(CASE WHEN isfinite(e.c0) THEN e.time // 1000000000 * 1000000000 END) OVER () AS last0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c1) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
) AS e
-- $1: Float64 2
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) - lag(CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE)) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) END AS r0, CASE WHEN isfinite((CAST(CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) - lag(CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE)) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) END AS DOUBLE) * CAST($1 AS DOUBLE))) THEN (CAST(CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) - lag(CAST(max(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE)) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) END AS DOUBLE) * CAST($1 AS DOUBLE)) END AS r1
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($2, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: Float64 2
-- $2: String 7,-7
-- $3: Int64 1000000000
-- $4: Int64 61000000000

