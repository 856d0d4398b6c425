-- near
CREATE OR REPLACE TEMP TABLE near_events AS
SELECT e.time, e.seq, e.c0, e.c1, e.kt, e.ks, e.kp
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.c0 = $3
LIMIT 50001
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String pay

-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.c0
FROM (
SELECT e.*, r0.t0
FROM near_events AS e
LEFT JOIN (
SELECT e.kt, bool_or(true) AS t0
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.c0 = $1 AND (e.c1 = $2 OR e.c1 = $3) AND e.kt IN (SELECT n.kt FROM near_events AS n)
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
) AS e
WHERE e.time >= $4 AND e.time < $5 AND e.c0 = $6 AND e.t0 IS NOT NULL
-- $1: String redis
-- $2: Int64 5
-- $3: Int64 6
-- $4: Int64 1000000000
-- $5: Int64 61000000000
-- $6: String pay

