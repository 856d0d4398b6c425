-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, TRY_CAST(sum(e.c0) AS BIGINT) AS r0, CAST(sum(e.c0) AS DOUBLE) AS r0x
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, TRY_CAST(sum(e.c0) AS BIGINT) AS r0, CAST(sum(e.c0) AS DOUBLE) AS r0x
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
GROUP BY 1
LIMIT 1000001
-- $1: Int64 1000000000
-- $2: Int64 61000000000

