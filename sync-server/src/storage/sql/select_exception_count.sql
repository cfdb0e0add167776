SELECT count(*)
FROM exception AS e
WHERE e.open = 1
  AND (e.about = ?1 OR e.about IN (SELECT pk FROM record WHERE job = ?1))
