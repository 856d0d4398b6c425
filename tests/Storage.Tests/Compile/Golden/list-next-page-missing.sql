-- count
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 = $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Bool true

-- keys
SELECT e.time, e.seq, e.c1 AS o0
FROM (SELECT time, seq, c0, c1 FROM events) AS e
WHERE e.time >= $3 AND e.time < $4 AND e.c0 = $5 AND (e.c1 IS NULL AND (e.time < $1 OR e.time = $1 AND e.seq < $2))
ORDER BY e.c1 ASC NULLS LAST, e.time DESC, e.seq DESC
LIMIT 101
-- $1: Int64 30000000000
-- $2: Int64 42
-- $3: Int64 1000000000
-- $4: Int64 61000000000
-- $5: Bool true

-- rows
SELECT e.seq, e.time, e.c1, e.c0, e.c2, e.c3, e.c4, e.c5
FROM (SELECT time, seq, c1, c0, c2, c3, c4, c5 FROM events) AS e
WHERE e.time >= $2 AND e.time <= $3 AND e.seq IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 3,1
-- $2: Int64 30000000000
-- $3: Int64 40000000000

