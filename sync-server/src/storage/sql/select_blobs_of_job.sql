SELECT DISTINCT blob_ref.sha256, blob.pos IS NOT NULL
FROM record
JOIN blob_ref ON blob_ref.rec = record.pk
LEFT JOIN blob ON blob.sha256 = blob_ref.sha256
WHERE record.job = ?1
ORDER BY blob_ref.sha256
