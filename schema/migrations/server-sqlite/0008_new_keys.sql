-- Keys that a device had before the office gave it another: [[key as hex, from, until], …], the oldest first.
-- What they signed still holds.
ALTER TABLE device ADD COLUMN former_keys TEXT NOT NULL DEFAULT '[]';
-- A code that gives one known device a new key; null lets a new device in.
ALTER TABLE enrol_code ADD COLUMN device BLOB;
