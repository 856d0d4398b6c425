-- total
SELECT count(*) FILTER (WHERE e.own) AS matched, CAST(coalesce(sum(e.w) FILTER (WHERE e.own), 0) AS DOUBLE) AS weight, coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r0, coalesce(sum(e.n1), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r1, (weighted_ranks_int_all(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.own))[7] AS r2
FROM (
SELECT e.*, e.time >= $3 AS own, CASE WHEN e.c0 = $1 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n0, CASE WHEN e.c1 > $4 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n1
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w, CASE WHEN isfinite(CAST(e.c4 AS DOUBLE)) AND CAST(e.c4 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c4 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $2 - e.time) - greatest($3 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time < $2
) AS e
WHERE e.time >= $3 OR (e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)))
) AS e
-- $1: Bool true
-- $2: Int64 61000000000
-- $3: Int64 1000000000
-- $4: Int64 499

-- groups
SELECT CAST(hash(e.c2) >> 1 AS BIGINT) AS k, e.c2 AS g0, coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r0, coalesce(sum(e.n1), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r1, (weighted_ranks_int(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.own))[7] AS r2
FROM (
SELECT e.*, e.time >= $3 AS own, CASE WHEN e.c0 = $1 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n0, CASE WHEN e.c1 > $4 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n1
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w, CASE WHEN isfinite(CAST(e.c4 AS DOUBLE)) AND CAST(e.c4 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c4 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $2 - e.time) - greatest($3 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time < $2
) AS e
WHERE e.time >= $3 OR (e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)))
) AS e
GROUP BY e.c2
HAVING (CAST(coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS DOUBLE) > $5 AND NOT isnan(CAST(coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS DOUBLE)))
ORDER BY coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) DESC NULLS LAST, e.c2 ASC NULLS LAST
LIMIT 3
-- $1: Bool true
-- $2: Int64 61000000000
-- $3: Int64 1000000000
-- $4: Int64 499
-- $5: Float64 1

-- other
SELECT coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r0, coalesce(sum(e.n1), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS r1, (weighted_ranks_int_all(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.own))[7] AS r2
FROM (
SELECT e.*, e.time >= $3 AS own, CASE WHEN e.c0 = $1 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n0, CASE WHEN e.c1 > $4 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n1
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w, CASE WHEN isfinite(CAST(e.c4 AS DOUBLE)) AND CAST(e.c4 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c4 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $2 - e.time) - greatest($3 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time < $2 AND CAST(hash(e.c2) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($5, ',')) AS BIGINT)) AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (
SELECT CAST(hash(e.c2) >> 1 AS BIGINT)
FROM (
SELECT e.*, e.time >= $3 AS own, CASE WHEN e.c0 = $1 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n0, CASE WHEN e.c1 > $4 THEN CAST(e.overlap AS DOUBLE) * e.w END AS n1
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w, CASE WHEN isfinite(CAST(e.c4 AS DOUBLE)) AND CAST(e.c4 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c4 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $2 - e.time) - greatest($3 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time < $2
) AS e
WHERE e.time >= $3 OR (e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)))
) AS e
GROUP BY e.c2
HAVING (CAST(coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS DOUBLE) > $6 AND NOT isnan(CAST(coalesce(sum(e.n0), 0) / CAST(greatest($2 - $3, 1) AS DOUBLE) AS DOUBLE)))
)
) AS e
WHERE e.time >= $3 OR (e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)))
) AS e
-- $1: Bool true
-- $2: Int64 61000000000
-- $3: Int64 1000000000
-- $4: Int64 499
-- $5: String 7,-7
-- $6: Float64 1

-- series
SELECT e.bucket AS k0, CAST(hash(e.c2) >> 1 AS BIGINT) AS k1, coalesce(sum(e.n0), 0) / CAST(least(1000000000, $2 - e.bucket) - greatest($3 - e.bucket, 0) AS DOUBLE) AS r0, coalesce(sum(e.n1), 0) / CAST(least(1000000000, $2 - e.bucket) - greatest($3 - e.bucket, 0) AS DOUBLE) AS r1, (weighted_ranks_int(e.c1, CAST(e.w AS DOUBLE), 0) FILTER (WHERE e.own))[7] AS r2
FROM (
WITH s AS (
SELECT e.*, e.time >= $3 AS own, greatest(e.time, $3) AS a, greatest(e.time, $3) + e.overlap AS z
FROM (
SELECT e.*, CASE WHEN e.c3 >= 1 THEN e.c3 ELSE 1 END AS w, CASE WHEN isfinite(CAST(e.c4 AS DOUBLE)) AND CAST(e.c4 AS DOUBLE) >= 0 THEN least(coalesce(TRY_CAST(trunc(CAST(e.c4 AS DOUBLE) * 1e6 + 0.5) AS BIGINT), 9223372036854775807), $2 - e.time) - greatest($3 - e.time, 0) END AS overlap
FROM (SELECT time, seq, c0, c1, c2, c3, c4 FROM events) AS e
WHERE e.time < $2 AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($5, ',')) AS BIGINT))
) AS e
WHERE e.time >= $3 OR (e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)))
), d AS (
SELECT e.c2, e.bucket, coalesce(sum(e.part0), 0) AS part0, coalesce(sum(e.part1), 0) AS part1, coalesce(sum(e.up0), 0) AS up0, coalesce(sum(e.up1), 0) AS up1, coalesce(sum(e.down0), 0) AS down0, coalesce(sum(e.down1), 0) AS down1, count(e.up0) AS ups0, count(e.up1) AS ups1, count(e.down0) AS downs0, count(e.down1) AS downs1
FROM (
SELECT e.c2, e.a // 1000000000 * 1000000000 AS bucket, CASE WHEN e.c0 = $1 THEN CAST((least(1000000000, e.z - e.a // 1000000000 * 1000000000) - (e.a - e.a // 1000000000 * 1000000000)) AS DOUBLE) * e.w END AS part0, CASE WHEN e.c1 > $4 THEN CAST((least(1000000000, e.z - e.a // 1000000000 * 1000000000) - (e.a - e.a // 1000000000 * 1000000000)) AS DOUBLE) * e.w END AS part1, CASE WHEN (e.z - 1) // 1000000000 * 1000000000 > e.a // 1000000000 * 1000000000 THEN CASE WHEN e.c0 = $1 THEN CAST(e.w AS DOUBLE) END END AS up0, CASE WHEN (e.z - 1) // 1000000000 * 1000000000 > e.a // 1000000000 * 1000000000 THEN CASE WHEN e.c1 > $4 THEN CAST(e.w AS DOUBLE) END END AS up1, CAST(NULL AS DOUBLE) AS down0, CAST(NULL AS DOUBLE) AS down1
FROM s AS e WHERE e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4))
UNION ALL
SELECT e.c2, (e.z - 1) // 1000000000 * 1000000000, CASE WHEN e.c0 = $1 THEN CAST((e.z - (e.z - 1) // 1000000000 * 1000000000) AS DOUBLE) * e.w END AS part0, CASE WHEN e.c1 > $4 THEN CAST((e.z - (e.z - 1) // 1000000000 * 1000000000) AS DOUBLE) * e.w END AS part1, NULL AS up0, NULL AS up1, CASE WHEN e.c0 = $1 THEN CAST(e.w AS DOUBLE) END AS down0, CASE WHEN e.c1 > $4 THEN CAST(e.w AS DOUBLE) END AS down1
FROM s AS e WHERE e.overlap > 0 AND ((e.c0 = $1) OR (e.c1 > $4)) AND (e.z - 1) // 1000000000 * 1000000000 > e.a // 1000000000 * 1000000000
) AS e
GROUP BY e.c2, e.bucket
), r AS (
SELECT e.*, CASE WHEN sum(e.ups0 - e.downs0) OVER (PARTITION BY e.c2 ORDER BY e.bucket) > 0 THEN sum(e.up0 - e.down0) OVER (PARTITION BY e.c2 ORDER BY e.bucket) ELSE 0 END AS live0, CASE WHEN sum(e.ups1 - e.downs1) OVER (PARTITION BY e.c2 ORDER BY e.bucket) > 0 THEN sum(e.up1 - e.down1) OVER (PARTITION BY e.c2 ORDER BY e.bucket) ELSE 0 END AS live1, lead(e.bucket) OVER (PARTITION BY e.c2 ORDER BY e.bucket) AS next
FROM d AS e
), p AS (
SELECT e.c2, e.bucket, e.part0 + greatest(e.live0 - e.up0, 0) * 1000000000 AS n0, e.part1 + greatest(e.live1 - e.up1, 0) * 1000000000 AS n1
FROM r AS e
UNION ALL
(SELECT e.c2, unnest(range(e.bucket + 1000000000, e.next, 1000000000)), e.live0 * 1000000000 AS n0, e.live1 * 1000000000 AS n1
FROM r AS e WHERE e.next - e.bucket > 1000000000 AND (e.live0 > 0 OR e.live1 > 0)
LIMIT 1000001)
)
SELECT e.time, e.c0, e.c1, e.c2, e.c3, e.c4, e.w, true AS own, e.time // 1000000000 * 1000000000 AS bucket, NULL AS n0, NULL AS n1
FROM s AS e WHERE e.own
UNION ALL
SELECT NULL AS time, NULL AS c0, NULL AS c1, e.c2, NULL AS c3, NULL AS c4, NULL, false, e.bucket, e.n0 AS n0, e.n1 AS n1
FROM p AS e
) AS e
GROUP BY 1, 2
LIMIT 1000001
-- $1: Bool true
-- $2: Int64 61000000000
-- $3: Int64 1000000000
-- $4: Int64 499
-- $5: String 7,-7

