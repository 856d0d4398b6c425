-- count
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- keys
SELECT e.time, e.seq
FROM (SELECT time, seq FROM events) AS e
WHERE e.time >= $1 AND e.time < $2
ORDER BY e.time DESC, e.seq DESC
LIMIT 101
-- $1: Int64 1000000000
-- $2: Int64 61000000000

-- rows
SELECT e.seq, e.time, e.c0, e.c1, e.c2, e.c3, e.c4, e.c5
FROM (SELECT time, seq, c0, c1, c2, c3, c4, c5 FROM events) AS e
WHERE e.time >= $2 AND e.time <= $3 AND e.seq IN (SELECT CAST(unnest(string_split($1, ',')) AS BIGINT))
-- $1: String 3,1
-- $2: Int64 30000000000
-- $3: Int64 40000000000

