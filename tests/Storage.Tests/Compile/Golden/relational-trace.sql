-- matched
CREATE OR REPLACE TEMP TABLE matched_events0 AS
SELECT e.time, e.seq, e.t0, e.t1, e.t2
FROM (
SELECT e.*, CASE WHEN e.kt IS NOT NULL THEN r0.kt IS NULL END AS t4, r1.t0, CASE WHEN e.kt IS NOT NULL THEN coalesce(r1.t1, 0) END AS t1, CASE WHEN e.kt IS NOT NULL THEN coalesce(r1.t2, 0) END AS t2, CASE WHEN e.kt IS NOT NULL THEN coalesce(r1.t3, 0) END AS t3
FROM (SELECT time, seq, c0, kt, ks, kp FROM events) AS e
LEFT JOIN (
SELECT e.kt
FROM (SELECT time, seq, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL AND e.kp IS NULL
GROUP BY e.kt
) AS r0 ON r0.kt = e.kt
LEFT JOIN (
SELECT e.kt, CAST(max(CAST(e.time AS HUGEINT) + coalesce(TRY_CAST(trunc(round(CAST(e.c0 AS DOUBLE) * 1e6)) AS BIGINT), 0)) - min(CAST(e.time AS HUGEINT)) AS DOUBLE) / 1e6 AS t0, count(*) AS t1, count(*) FILTER (WHERE e.c1 = $1) AS t2, count(DISTINCT e.c2) AS t3
FROM (SELECT time, seq, c0, c1, c2, kt, ks, kp FROM events) AS e
WHERE e.kt IS NOT NULL AND e.ks IS NOT NULL
GROUP BY e.kt
) AS r1 ON r1.kt = e.kt
) AS e
WHERE e.time >= $2 AND e.time < $3 AND e.t3 > $4 AND e.t4 = $5
-- $1: Bool true
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: Int64 2
-- $5: Bool false

