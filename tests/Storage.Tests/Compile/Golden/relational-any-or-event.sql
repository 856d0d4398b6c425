-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.c0, e.t3, e.t0
FROM (
SELECT e.time, e.seq, e.c0, e.c1, e.kt, e.ks, e.kp, e.t1, e.t2, struct_extract(struct_extract(e.j0, 'p3'), 'v0') AS t0, struct_extract(struct_extract(e.j0, 'p3'), 'v1') AS t3
FROM (
SELECT e.*, least(CASE WHEN e.c0 = $2 AND e.t1 IS NOT NULL THEN struct_pack(p3 := e.b0) END, CASE WHEN e.t2 IS NOT NULL THEN struct_pack(p3 := e.b1) END) AS j0
FROM (
SELECT e.*, r0.t1, r0.t2, r0.b0 AS b0, r0.b1 AS b1
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, bool_or(true) FILTER (WHERE e.c1 = $1) AS t1, bool_or(true) FILTER (WHERE e.c1 = $1 AND e.c2 = $2) AS t2, arg_min(struct_pack(o := struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq), v0 := e.c0, v1 := e.c1), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) FILTER (WHERE e.c1 = $1) AS b0, arg_min(struct_pack(o := struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq), v0 := e.c0, v1 := e.c1), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) FILTER (WHERE e.c1 = $1 AND e.c2 = $2) AS b1
FROM (SELECT time, seq, c1, c2, c0, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND ((e.c1 = $1) OR (e.c1 = $1 AND e.c2 = $2))
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
) AS e
) AS e
) AS e
WHERE e.time >= $3 AND e.time < $4 AND ((e.c0 = $2 AND e.t1 IS NOT NULL) OR e.t2 IS NOT NULL)
-- $1: String redis
-- $2: Int64 5
-- $3: Int64 1000000000
-- $4: Int64 61000000000

