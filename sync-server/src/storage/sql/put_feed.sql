INSERT INTO feed (audience, rec, pos, state)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (audience, rec) DO UPDATE SET pos = ?3, state = ?4
