-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1, max(e.c1) AS r2, CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS r3, CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END AS r4
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4
-- $1: Float64 2
-- $2: String few
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- groups
SELECT CAST(hash(e.c2) >> 1 AS BIGINT) AS k, e.c2 AS g0, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1, max(e.c1) AS r2, CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS r3, CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END AS r4
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4
GROUP BY e.c2
HAVING (CAST(CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS DOUBLE) > $5 AND NOT isnan(CAST(CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS DOUBLE))) AND CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END IS NOT NULL AND (CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END = $6) IS NOT TRUE
ORDER BY CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END DESC NULLS LAST, e.c2 ASC NULLS LAST
LIMIT 4
-- $1: Float64 2
-- $2: String few
-- $3: Int64 1000000000
-- $4: Int64 61000000000
-- $5: Float64 1
-- $6: String x

-- other
SELECT count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1, max(e.c1) AS r2, CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS r3, CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END AS r4
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $4 AND e.time < $5 AND CAST(hash(e.c2) >> 1 AS BIGINT) NOT IN (SELECT CAST(unnest(string_split($3, ',')) AS BIGINT)) AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (
SELECT CAST(hash(e.c2) >> 1 AS BIGINT)
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $4 AND e.time < $5
GROUP BY e.c2
HAVING (CAST(CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS DOUBLE) > $6 AND NOT isnan(CAST(CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS DOUBLE))) AND CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END IS NOT NULL AND (CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END = $7) IS NOT TRUE
)
-- $1: Float64 2
-- $2: String few
-- $3: String 7,-7
-- $4: Int64 1000000000
-- $5: Int64 61000000000
-- $6: Float64 1
-- $7: String x

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, CAST(hash(e.c2) >> 1 AS BIGINT) AS k1, count(*) AS r0, avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS r1, max(e.c1) AS r2, CASE WHEN isfinite(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END) THEN CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END END AS r3, CASE WHEN ((CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END > $1 AND NOT isnan(CASE WHEN CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) <> 0 THEN CAST(count(*) AS DOUBLE) / CAST(avg(e.c0) FILTER (WHERE isfinite(e.c0)) AS DOUBLE) END))) THEN max(e.c1) ELSE CAST($2 AS VARCHAR) END AS r4
FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e
WHERE e.time >= $4 AND e.time < $5 AND CAST(hash(e.c2) >> 1 AS BIGINT) IN (SELECT CAST(unnest(string_split($3, ',')) AS BIGINT))
GROUP BY 1, 2
LIMIT 1000001
-- $1: Float64 2
-- $2: String few
-- $3: String 7,-7
-- $4: Int64 1000000000
-- $5: Int64 61000000000

