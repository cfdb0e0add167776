SELECT r.pk
FROM record AS r
WHERE r.job IS NULL AND r.kind IN ('customer', 'job', 'machine')
  AND (NOT EXISTS (SELECT 1 FROM wording AS w WHERE w.rowid = r.pk)
    OR (r.kind = 'job' AND r.void = 0 AND NOT EXISTS (SELECT 1 FROM job_line AS l WHERE l.job = r.pk)))
ORDER BY r.pk
LIMIT ?1
