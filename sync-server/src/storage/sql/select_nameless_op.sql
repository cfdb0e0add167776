SELECT outcome, why, pos
FROM op
WHERE hash = ?1 AND op_id IS NULL AND device = ?2
ORDER BY pos
LIMIT 1
