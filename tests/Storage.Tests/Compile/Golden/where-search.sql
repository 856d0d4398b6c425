-- total
SELECT count(*) AS matched, CAST(count(*) AS DOUBLE) AS weight, count(*) FILTER (WHERE (contains(lower(e.c0), lower($1)) OR contains(lower(e.c1), lower($1)) OR contains(lower(e.c2), lower($1)))) AS r0
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND (contains(lower(e.c0), lower($4)) OR contains(lower(e.c1), lower($4)) OR contains(lower(e.c2), lower($4))) AND (contains(lower(CAST(e.c3 AS VARCHAR)), lower($5))) IS NOT TRUE
-- $1: String x
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: String Timeout
-- $5: String 50

-- series
SELECT e.time // 1000000000 * 1000000000 AS k0, count(*) FILTER (WHERE (contains(lower(e.c0), lower($1)) OR contains(lower(e.c1), lower($1)) OR contains(lower(e.c2), lower($1)))) AS r0
FROM (SELECT time, seq, c0, c1, c2, c3 FROM events) AS e
WHERE e.time >= $2 AND e.time < $3 AND (contains(lower(e.c0), lower($4)) OR contains(lower(e.c1), lower($4)) OR contains(lower(e.c2), lower($4))) AND (contains(lower(CAST(e.c3 AS VARCHAR)), lower($5))) IS NOT TRUE
GROUP BY 1
LIMIT 1000001
-- $1: String x
-- $2: Int64 1000000000
-- $3: Int64 61000000000
-- $4: String Timeout
-- $5: String 50

