SELECT l.job
FROM job_line AS l
WHERE l.state IN (SELECT value FROM json_each(?1)) AND l.since < ?2
  -- A device's clock says when its steps were taken and may be years off: its work counts from its coming here.
  AND NOT EXISTS (SELECT 1 FROM op AS o WHERE o.job = l.job AND o.device IS NOT NULL AND o.at >= ?2)
  AND EXISTS (SELECT 1 FROM rec_audience AS a WHERE a.rec = l.job AND a.via = l.job AND a.until IS NULL)
ORDER BY l.job
LIMIT ?3
