-- A password that somebody else gave is good for one log-in: it must be changed before anything else.
ALTER TABLE account ADD COLUMN one_time INTEGER NOT NULL DEFAULT 0;
