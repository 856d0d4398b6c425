-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t1, e.t2
FROM (
SELECT e.*, r0.t0, r1.v0 AS t2, r2.t1
FROM (SELECT time, seq, c1, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt, bool_or(true) AS t0
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.c0 = $1
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
LEFT JOIN (
WITH g AS MATERIALIZED (
SELECT e.kt, count(*) AS n, first(e.c2) AS v0
FROM (SELECT time, seq, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL
GROUP BY e.kt
)
SELECT e.kt, e.v0 AS v0 FROM g AS e WHERE e.n = 1
UNION ALL
SELECT e.kt, struct_extract(e.b0, 'v0') AS v0 FROM (
SELECT e.kt, arg_min(struct_pack(v0 := e.c2), struct_pack(o0 := e.time, o1 := e.ks, o2 := e.seq)) AS b0
FROM (SELECT time, seq, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL AND e.kt IN (SELECT g.kt FROM g WHERE g.n > 1)
GROUP BY e.kt
HAVING count(*) > 1
) AS e
) AS r1 ON r1.kt = e.kt
LEFT JOIN (
SELECT e.kt, CAST(max(CAST(e.time AS HUGEINT) + coalesce(TRY_CAST(trunc(round(CAST(e.c1 AS DOUBLE) * 1e6)) AS BIGINT), 0)) - min(CAST(e.time AS HUGEINT)) AS DOUBLE) / 1e6 AS t1
FROM (SELECT time, seq, c1, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL
GROUP BY e.kt
) AS r2 ON r2.kt = e.kt
) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.t0 IS NOT NULL
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000

