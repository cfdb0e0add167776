INSERT INTO blob (sha256, size, media_type, pos, uploader)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (sha256) DO UPDATE SET size = ?2, media_type = ?3, pos = ?4, uploader = ?5
