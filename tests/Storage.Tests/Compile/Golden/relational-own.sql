-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t0, e.t1, e.t2
FROM (
SELECT e.*, r0.t0, r0.t2, struct_extract(r0.b0, 'v0') AS t1
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, bool_or(true) FILTER (WHERE e.c0 = $1) AS t0, bool_or(true) FILTER (WHERE e.c0 = $1) AS t2, arg_min(struct_pack(v0 := e.c1), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) FILTER (WHERE e.c0 = $1) AS b0
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND ((e.c0 = $1) OR (e.c0 = $1))
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
) AS e
WHERE e.time >= $2 AND e.time < $3
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

