SELECT id, user, key, state, label, app, prefixes, enrolled_at, seen_at, held, former_keys, partial, forked_at
FROM device
