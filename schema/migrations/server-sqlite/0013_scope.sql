-- How far back an audience's feed still tells what left it: a device that stands below compares what it holds.
ALTER TABLE audience ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;

-- The head as it stood at the end of each sweep: how old a position is.
CREATE TABLE past_head (
    at          INTEGER PRIMARY KEY,           -- in ms
    head        INTEGER NOT NULL
) STRICT;

-- When a good backup was last told of, or, before the first, since when one is missing; in ms.
ALTER TABLE org_head ADD COLUMN backup_at INTEGER;

-- When a push of the device last showed another history than the one that is held, in ms.
ALTER TABLE device ADD COLUMN forked_at INTEGER;
-- Its first pull had not ended when it last called.
ALTER TABLE device ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
