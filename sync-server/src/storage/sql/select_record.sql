SELECT r.pk, r.rec, r.kind, j.rec, r.fields, r.ver, r.born, r.author, r.void, r.field_vers
FROM record AS r
LEFT JOIN record AS j ON j.pk = r.job
