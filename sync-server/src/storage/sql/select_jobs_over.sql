SELECT l.job
FROM job_line AS l
WHERE l.state IN (SELECT value FROM json_each(?1)) AND l.since < ?2
  AND EXISTS (SELECT 1 FROM rec_audience AS a WHERE a.rec = l.job AND a.via = l.job AND a.until IS NULL)
ORDER BY l.job
LIMIT ?3
