-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t2
FROM (
SELECT e.*, r0.v0 AS t0, r0.v1 AS t1, r0.v2 AS t2
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
WITH g AS MATERIALIZED (
SELECT e.kt, e.ks, count(*) AS n, first(e.c0) AS v0, first(e.c1) AS v1, first(e.c2) AS v2
FROM (SELECT time, seq, c0, c1, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL
GROUP BY e.kt, e.ks
)
SELECT e.kt, e.ks, e.v0 AS v0, e.v1 AS v1, e.v2 AS v2 FROM g AS e WHERE e.n = 1
UNION ALL
SELECT e.kt, e.ks, struct_extract(e.b0, 'v0') AS v0, struct_extract(e.b0, 'v1') AS v1, struct_extract(e.b0, 'v2') AS v2 FROM (
SELECT e.kt, e.ks, arg_min(struct_pack(v0 := e.c0, v1 := e.c1, v2 := e.c2), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c0, c1, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kt IN (SELECT g.kt FROM g WHERE g.n > 1)
GROUP BY e.kt, e.ks
HAVING count(*) > 1
) AS e
) AS r0 ON r0.kt = e.kt AND r0.ks = e.kp
) AS e
WHERE e.time >= $1 AND e.time < $2 AND e.t0 > $3 AND (e.t1 = $4) IS NOT TRUE
-- $1: Int64 1000000000
-- $2: Int64 61000000000
-- $3: Int64 5
-- $4: String x

