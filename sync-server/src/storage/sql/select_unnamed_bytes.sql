SELECT coalesce(sum(size), 0)
FROM (
    SELECT sha256, size FROM blob WHERE uploader = ?1
    UNION ALL
    SELECT sha256, size FROM blob_part WHERE device = ?1
) AS sent
WHERE NOT EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.sha256 = sent.sha256)
