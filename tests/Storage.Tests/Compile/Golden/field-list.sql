-- count
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight
FROM (SELECT e.*, (e.c0 * CAST($1 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c0 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND (e.f0 > $4 AND NOT isnan(e.f0))
-- $1: Float64 2
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Float64 10

-- keys
SELECT e.time, e.seq, e.f0 AS o0
FROM (SELECT e.*, (e.c0 * CAST($1 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c0 FROM events) AS e) AS e
WHERE e.time >= $2 AND e.time < $3 AND (e.f0 > $4 AND NOT isnan(e.f0))
ORDER BY e.f0 DESC NULLS LAST, e.time DESC, e.seq DESC
LIMIT 101
-- $1: Float64 2
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Float64 10

-- rows
SELECT e.seq, e.time, e.f0, e.c1
FROM (SELECT e.*, (e.c0 * CAST($2 AS DOUBLE)) AS f0 FROM (SELECT time, seq, c1, c0 FROM events) AS e) AS e
WHERE e.time >= $3 AND e.time <= $4 AND e.seq IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 3,1
-- $2: Float64 2
-- $3: Int64 30000000000
-- $4: Int64 40000000000

