-- count
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 = $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String pay

-- keys
SELECT e.time, e.seq
FROM (SELECT time, seq, c0 FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 = $3
ORDER BY e.time DESC, e.seq DESC
LIMIT 6
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String pay

-- rows
SELECT e.seq, e.time, e.c1, e.c2, e.c3, e.c4, e.c0, e.c5
FROM (SELECT time, seq, c1, c2, c3, c4, c0, c5 FROM events) AS e
WHERE e.time >= $2 AND e.time <= $3 AND e.seq IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 3,1
-- $2: Int64 30000000000
-- $3: Int64 40000000000

