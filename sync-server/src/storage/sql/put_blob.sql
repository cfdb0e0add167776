INSERT INTO blob (sha256, size, media_type, have, pos, uploader)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (sha256) DO UPDATE SET size = ?2, media_type = ?3, have = ?4, pos = ?5, uploader = ?6
