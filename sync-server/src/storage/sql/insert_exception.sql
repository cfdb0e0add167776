INSERT INTO exception (record, op, about, field, why, open)
VALUES (?1, ?2, ?3, ?4, ?5, 1)
ON CONFLICT (record) DO UPDATE SET op = ?2, open = 1
