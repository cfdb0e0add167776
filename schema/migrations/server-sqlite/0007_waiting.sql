-- Parked ops that the server takes again by itself: once the record they hang on is there, or, with no record named,
-- once the program reads their version.
CREATE TABLE waiting (
    op          INTEGER PRIMARY KEY,           -- op.pos
    device      BLOB    NOT NULL,              -- who sent it
    wants       BLOB,                          -- the record it hangs on
    makes       BLOB                           -- the record it will make
) STRICT;
CREATE INDEX waiting_device ON waiting (device);
CREATE INDEX waiting_wants ON waiting (wants);
CREATE INDEX waiting_makes ON waiting (makes) WHERE makes IS NOT NULL;
