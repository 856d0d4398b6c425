-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.c0, e.t0
FROM (
SELECT e.*, r0.v0 AS t0
FROM (SELECT time, seq, c0, c1, kt, ks, kp FROM events) AS e
LEFT JOIN (
WITH g AS MATERIALIZED (
SELECT e.kt, count(*) AS n, first(e.c0) AS v0
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL
GROUP BY e.kt
)
SELECT e.kt, e.v0 AS v0 FROM g AS e WHERE e.n = 1
UNION ALL
SELECT e.kt, struct_extract(e.b0, 'v0') AS v0 FROM (
SELECT e.kt, arg_min(struct_pack(v0 := e.c0), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL AND e.kt IN (SELECT g.kt FROM g WHERE g.n > 1)
GROUP BY e.kt
HAVING count(*) > 1
) AS e
) AS r0 ON r0.kt = e.kt
) AS e
WHERE (e.time >= $1 OR CAST(e.c0 AS DOUBLE) * 1e6 + 1000 >= $1 - e.time) AND e.time < $2 AND e.t0 = $3
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: String x

