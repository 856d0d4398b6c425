-- total
SELECT count(*) FILTER (WHERE e.own) AS matched, CAST(count(*) FILTER (WHERE e.own) AS DOUBLE) AS weight, coalesce(sum(e.n0), 0) / CAST(greatest($1 - $2, 1) AS DOUBLE) AS r0, count(*) FILTER (WHERE e.own) AS r1
FROM (
SELECT e.*, e.time >= $2 AS own, CASE WHEN true THEN CAST(e.overlap AS DOUBLE) END AS n0
FROM (
SELECT e.*, CASE WHEN isfinite(CAST(e.c1 AS DOUBLE)) AND CAST(e.c1 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c1 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $1 - e.time) - greatest($2 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time < $1 AND e.c0 = $3
) AS e
WHERE e.time >= $2 OR (e.overlap > 0)
) AS e
-- $1: Int64 61000000000
-- $2: Int64 1000000000
-- $3: String x

-- series
SELECT e.bucket AS k0, coalesce(sum(e.n0), 0) / CAST(least(1000000000, $1 - e.bucket) - greatest($2 - e.bucket, 0) AS DOUBLE) AS r0, count(*) FILTER (WHERE e.own) AS r1
FROM (
WITH s AS (
SELECT e.*, e.time >= $2 AS own, greatest(e.time, $2) AS a, greatest(e.time, $2) + e.overlap AS z
FROM (
SELECT e.*, CASE WHEN isfinite(CAST(e.c1 AS DOUBLE)) AND CAST(e.c1 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c1 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $1 - e.time) - greatest($2 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time < $1 AND e.c0 = $3
) AS e
WHERE e.time >= $2 OR (e.overlap > 0)
), d AS (
SELECT e.bucket, coalesce(sum(e.part0), 0) AS part0, coalesce(sum(e.up0), 0) AS up0, coalesce(sum(e.down0), 0) AS down0, count(e.up0) AS ups0, count(e.down0) AS downs0
FROM (
SELECT e.a // 1000000000 * 1000000000 AS bucket, CASE WHEN true THEN CAST((least(1000000000, e.z - e.a // 1000000000 * 1000000000) - (e.a - e.a // 1000000000 * 1000000000)) AS DOUBLE) END AS part0, CASE WHEN (e.z - 1) // 1000000000 * 1000000000 > e.a // 1000000000 * 1000000000 THEN CASE WHEN true THEN CAST(1 AS DOUBLE) END END AS up0, CAST(NULL AS DOUBLE) AS down0
FROM s AS e WHERE e.overlap > 0
UNION ALL
SELECT (e.z - 1) // 1000000000 * 1000000000, CASE WHEN true THEN CAST((e.z - (e.z - 1) // 1000000000 * 1000000000) AS DOUBLE) END AS part0, NULL AS up0, CASE WHEN true THEN CAST(1 AS DOUBLE) END AS down0
FROM s AS e WHERE e.overlap > 0 AND (e.z - 1) // 1000000000 * 1000000000 > e.a // 1000000000 * 1000000000
) AS e
GROUP BY e.bucket
), r AS (
SELECT e.*, CASE WHEN sum(e.ups0 - e.downs0) OVER (ORDER BY e.bucket) > 0 THEN sum(e.up0 - e.down0) OVER (ORDER BY e.bucket) ELSE 0 END AS live0, lead(e.bucket) OVER (ORDER BY e.bucket) AS next
FROM d AS e
), p AS (
SELECT e.bucket, e.part0 + greatest(e.live0 - e.up0, 0) * 1000000000 AS n0
FROM r AS e
UNION ALL
(SELECT unnest(range(e.bucket + 1000000000, e.next, 1000000000)), e.live0 * 1000000000 AS n0
FROM r AS e WHERE e.next - e.bucket > 1000000000 AND (e.live0 > 0)
LIMIT 1000001)
)
SELECT e.time, e.c0, e.c1, true AS own, e.time // 1000000000 * 1000000000 AS bucket, NULL AS n0
FROM s AS e WHERE e.own
UNION ALL
SELECT NULL AS time, NULL AS c0, NULL AS c1, false, e.bucket, e.n0 AS n0
FROM p AS e
) AS e
GROUP BY 1
LIMIT 1000001
-- $1: Int64 61000000000
-- $2: Int64 1000000000
-- $3: String x

