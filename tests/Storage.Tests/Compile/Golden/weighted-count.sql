-- total
SELECT count(*) AS matched, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS weight, TRY_CAST(coalesce(sum(e.w), 0) AS BIGINT) AS r0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0x, TRY_CAST(coalesce(sum(e.w) FILTER (WHERE e.c1 = $1 AND e.c0 IS NOT NULL), 0) AS BIGINT) AS r1, CAST(coalesce(sum(e.w) FILTER (WHERE e.c1 = $1 AND e.c0 IS NOT NULL), 0) AS DOUBLE) AS r1x
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, TRY_CAST(coalesce(sum(e.w), 0) AS BIGINT) AS r0, CAST(coalesce(sum(e.w), 0) AS DOUBLE) AS r0x, TRY_CAST(coalesce(sum(e.w) FILTER (WHERE e.c1 = $1 AND e.c0 IS NOT NULL), 0) AS BIGINT) AS r1, CAST(coalesce(sum(e.w) FILTER (WHERE e.c1 = $1 AND e.c0 IS NOT NULL), 0) AS DOUBLE) AS r1x
FROM (
SELECT e.*, CASE WHEN e.c2 >= 1 THEN e.c2 ELSE 1 END AS w
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

