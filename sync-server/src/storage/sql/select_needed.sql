SELECT DISTINCT wants
FROM waiting
WHERE device = ?1 AND wants IS NOT NULL
    AND wants NOT IN (SELECT makes FROM waiting WHERE makes IS NOT NULL)
ORDER BY wants
LIMIT ?2
