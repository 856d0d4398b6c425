-- patterns
SELECT TRY(regexp_matches('', $1)) IS NOT NULL AS p0, TRY(regexp_matches('', $2)) IS NOT NULL AS p1, TRY(regexp_matches('', $3)) IS NOT NULL AS p2
-- $1: String ^/([a-z]+)
-- $2: String [0-9]+
-- $3: String a

-- all together
WITH f AS MATERIALIZED (
SELECT 1 + 2 AS z, CAST(0 AS BIGINT) AS k, count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(DISTINCT e.f0) AS v0, count(DISTINCT e.f0) AS r0
FROM (SELECT e.*, concat(lower(e.c0), CASE WHEN e.c1 = trunc(e.c1) AND abs(e.c1) < 1e15 THEN CAST(CAST(e.c1 AS BIGINT) AS VARCHAR) WHEN isfinite(e.c1) THEN upper(CAST(e.c1 AS VARCHAR)) WHEN isnan(e.c1) THEN 'NaN' WHEN e.c1 > 0 THEN 'Infinity' WHEN e.c1 < 0 THEN '-Infinity' END, CASE WHEN regexp_matches(e.c2, CAST($1 AS VARCHAR)) THEN regexp_extract(e.c2, CAST($1 AS VARCHAR), CAST(CAST($2 AS BIGINT) AS INTEGER)) END, CASE WHEN regexp_matches(e.c2, CAST($3 AS VARCHAR)) THEN regexp_extract(e.c2, CAST($3 AS VARCHAR), CAST(CAST($4 AS BIGINT) AS INTEGER)) END, CAST(length(e.c0) AS VARCHAR), CAST(len(regexp_extract_all(e.c0, CAST($5 AS VARCHAR))) AS VARCHAR)) AS f0 FROM (SELECT time, seq, c0, c1, c2 FROM events) AS e) AS e
WHERE e.time >= $6 AND e.time < $7
GROUP BY GROUPING SETS (())
),
g AS (SELECT * FROM f WHERE z = 3),
s AS MATERIALIZED (
SELECT *, row_number() OVER () AS n
FROM (SELECT * FROM g  LIMIT 101)
)
SELECT CAST(0 AS BIGINT) AS part, n AS n, CAST(NULL AS BIGINT) AS t, k AS k, CAST(NULL AS BIGINT) AS matched, CAST(NULL AS DOUBLE) AS weight, r0 FROM s
UNION ALL SELECT CAST(1 AS BIGINT) AS part, CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS t, CAST(NULL AS BIGINT) AS k, matched, weight, r0 FROM f WHERE z = 3
-- $1: String ^/([a-z]+)
-- $2: Int64 1
-- $3: String [0-9]+
-- $4: Int64 0
-- $5: String a
-- $6: Int64 1000000000
-- $7: Int64 61000000000

