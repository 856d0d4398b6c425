-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq
FROM (
SELECT e.*, r0.t0, r0.t1, r0.t2
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, bool_or(true) FILTER (WHERE e.c0 = $1) AS t0, bool_or(true) FILTER (WHERE e.c0 = $2) AS t1, bool_or(true) FILTER (WHERE e.c0 = $3 AND e.c1 = $4) AS t2
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND ((e.c0 = $1) OR (e.c0 = $2) OR (e.c0 = $3 AND e.c1 = $4))
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
) AS e
WHERE e.time >= $5 AND e.time < $6 AND ((e.t0 IS NOT NULL) IS NOT TRUE OR (e.t1 IS NOT NULL) IS NOT TRUE) AND (e.t2 IS NOT NULL) IS NOT TRUE
-- $1: String b
-- $2: String c
-- $3: String a
-- $4: Int64 5
-- $5: Int64 1000000000
-- $6: Int64 61000000000

