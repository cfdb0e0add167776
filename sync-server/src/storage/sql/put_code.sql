INSERT INTO enrol_code (name, key, user, expires, tries, used_by, used_mac, device)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (name) DO UPDATE
SET key = ?2, user = ?3, expires = ?4, tries = ?5, used_by = ?6, used_mac = ?7, device = ?8
