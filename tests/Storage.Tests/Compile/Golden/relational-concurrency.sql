-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.c0, e.t0
FROM (
SELECT e.*, struct_extract(r0.b0, 'v0') AS t0
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, arg_min(struct_pack(v0 := e.c0), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
) AS e
WHERE (e.time >= $1 OR CAST(e.c0 AS DOUBLE) * 1e6 + 1000 >= $1 - e.time) AND e.time < $2 AND e.t0 = $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String x

