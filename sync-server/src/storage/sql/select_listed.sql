SELECT DISTINCT r.rec, r.ver
FROM rec_audience AS a
JOIN record AS r ON r.pk = a.rec
WHERE a.audience = ?1 AND a.until IS NULL AND r.void = 0
