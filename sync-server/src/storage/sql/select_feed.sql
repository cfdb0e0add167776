SELECT pos, rec, state
FROM feed
WHERE audience = ?1 AND pos > ?2
ORDER BY pos
LIMIT ?3
