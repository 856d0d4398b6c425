-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) AS r0
FROM (SELECT e.*, CASE WHEN abs((CAST(e.time AS DOUBLE) / CAST($1 AS DOUBLE))) <= 1e11 THEN strftime(make_timestamp(CAST(round((CAST(e.time AS DOUBLE) / CAST($1 AS DOUBLE)) * 1e6) AS BIGINT)), CAST($2 AS VARCHAR)) END AS f0 FROM (SELECT time, seq FROM events) AS e) AS e
WHERE e.time >= $3 AND e.time < $4
-- $1: Float64 1000000000
-- $2: String %H
-- $3: Int64 1000000000
-- $4: Int64 61000000000

-- groups
SELECT CAST(hash(e.f0) >> 1 AS BIGINT) AS k, e.f0 AS g0, count(*) AS r0
FROM (SELECT e.*, CASE WHEN abs((CAST(e.time AS DOUBLE) / CAST($1 AS DOUBLE))) <= 1e11 THEN strftime(make_timestamp(CAST(round((CAST(e.time AS DOUBLE) / CAST($1 AS DOUBLE)) * 1e6) AS BIGINT)), CAST($2 AS VARCHAR)) END AS f0 FROM (SELECT time, seq FROM events) AS e) AS e
WHERE e.time >= $3 AND e.time < $4
GROUP BY e.f0
ORDER BY count(*) DESC NULLS LAST, e.f0 ASC NULLS LAST
LIMIT 101
-- $1: Float64 1000000000
-- $2: String %H
-- $3: Int64 1000000000
-- $4: Int64 61000000000

