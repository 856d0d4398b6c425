-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t2, e.t0
FROM (
SELECT e.*, r0.t1, struct_extract(r0.b0, 'v0') AS t0, struct_extract(r0.b0, 'v1') AS t2
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, e.kp, bool_or(true) AS t1, arg_min(struct_pack(v0 := e.c0, v1 := e.c3), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c1, c2, c0, c3, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NOT NULL AND e.c1 = $1 AND e.c2 = $2
GROUP BY e.kt, e.kp
) AS r0 ON r0.kt = e.kt AND r0.kp = e.ks
) AS e
WHERE e.time >= $3 AND e.time < $4 AND e.t1 IS NOT NULL
-- $1: Int64 5
-- $2: Bool true
-- $3: Int64 1000000000
-- $4: Int64 61000000000

