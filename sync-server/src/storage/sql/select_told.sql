SELECT r.rec, r.kind, j.rec, r.fields, r.ver, r.born, r.author, r.void
FROM record AS r
LEFT JOIN record AS j ON j.pk = r.job
WHERE r.pk = ?1
