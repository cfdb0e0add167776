-- Whether this store was ever put back: what devices remember of positions above `lost_above` may be true and
-- unknown here. NULL while it never was.
ALTER TABLE org_head ADD COLUMN lost_above INTEGER;
ALTER TABLE org_head ADD COLUMN lost_at INTEGER;   -- when that was noticed, in ms
