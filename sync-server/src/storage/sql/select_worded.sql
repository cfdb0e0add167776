SELECT r.pk
FROM wording AS w
JOIN record AS r ON r.pk = w.rowid
WHERE wording MATCH ?1 AND r.kind = ?2 AND r.void = 0
ORDER BY r.pk
LIMIT ?3
