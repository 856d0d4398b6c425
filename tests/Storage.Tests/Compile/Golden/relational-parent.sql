-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t2
FROM (
SELECT e.*, struct_extract(r0.b0, 'v0') AS t0, struct_extract(r0.b0, 'v1') AS t1, struct_extract(r0.b0, 'v2') AS t2
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, e.ks, arg_min(struct_pack(v0 := e.c0, v1 := e.c1, v2 := e.c2), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c0, c1, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL
GROUP BY e.kt, e.ks
) AS r0 ON r0.kt = e.kt AND r0.ks = e.kp
) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.t0 > $3 AND (e.t1 = $4) IS NOT TRUE
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Int64 5
-- $4: String x

