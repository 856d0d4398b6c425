-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, CASE WHEN min(e.first0) < max(e.last0) THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0) AS DOUBLE) - CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0) AS DOUBLE) END AS r0, (weighted_ranks_int_all(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r1
FROM (
SELECT e.*, min(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS first0, max(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS last0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- groups
SELECT CAST(hash(e.c1) >> 1 AS BIGINT) AS k, e.c1 AS g0, CASE WHEN min(e.first0) < max(e.last0) THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0) AS DOUBLE) - CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0) AS DOUBLE) END AS r0, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r1
FROM (
SELECT e.*, min(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER (PARTITION BY e.c1) AS first0, max(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER (PARTITION BY e.c1) AS last0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
) AS e
) AS e
GROUP BY e.c1
ORDER BY CASE WHEN min(e.first0) < max(e.last0) THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0) AS DOUBLE) - CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0) AS DOUBLE) END DESC NULLS LAST, e.c1 ASC NULLS LAST
LIMIT 4
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- other
SELECT CASE WHEN min(e.first0) < max(e.last0) THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.last0) AS DOUBLE) - CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) FILTER (WHERE e.time // 1000000000 * 1000000000 = e.first0) AS DOUBLE) END AS r0, (weighted_ranks_int_all(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r1
FROM (
SELECT e.*, min(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS first0, max(CASE WHEN e.c0 IS NOT NULL THEN e.time // 1000000000 * 1000000000 END) OVER () AS last0
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
) AS e
) AS e
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c1) >> 1 AS BIGINT) AS k1, CASE WHEN lag(e.time // 1000000000 * 1000000000) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) = e.time // 1000000000 * 1000000000 - 1000000000 THEN CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE) - lag(CAST(sum(CAST(e.c0 AS DOUBLE) * e.w) AS DOUBLE)) OVER (PARTITION BY CAST(hash(e.c1) >> 1 AS BIGINT) ORDER BY e.time // 1000000000 * 1000000000) END AS r0, (weighted_ranks_int(e.c0, CAST(e.w AS DOUBLE), 0))[7] AS r1
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND CAST(hash(e.c1) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: String 7,-7
-- $2: Int64 1000000000
-- $3: Int64 61000000000

