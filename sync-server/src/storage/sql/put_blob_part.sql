INSERT INTO blob_part (sha256, device, size, media_type, have, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (sha256, device) DO UPDATE SET size = ?3, media_type = ?4, have = ?5, at = ?6
