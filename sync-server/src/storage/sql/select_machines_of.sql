SELECT pk
FROM record
WHERE job IS NULL AND kind = 'machine' AND void = 0 AND fields ->> 'customer' = ?1
ORDER BY pk
LIMIT ?2
