INSERT INTO device
    (id, user, key, state, label, app, prefixes, enrolled_at, seen_at, held, former_keys, partial, forked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (id) DO UPDATE
SET user = ?2, key = ?3, state = ?4, label = ?5, app = ?6, prefixes = ?7, enrolled_at = ?8,
    seen_at = ?9, held = ?10, former_keys = ?11, partial = ?12, forked_at = ?13
