-- What has come of blobs that are not whole, of each device its own: nobody spoils what another sends. What was
-- under way before is sent anew.
CREATE TABLE blob_part (
    sha256      BLOB    NOT NULL,
    device      BLOB    NOT NULL,
    size        INTEGER NOT NULL,
    media_type  TEXT    NOT NULL,
    have        BLOB    NOT NULL,              -- one bit a unit
    at          INTEGER NOT NULL,              -- when its last run came, in ms
    PRIMARY KEY (sha256, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_part_device ON blob_part (device);

-- From here on a blob has a position of its own, that of the op which says that it is whole.
DELETE FROM blob WHERE pos IS NULL;
ALTER TABLE blob DROP COLUMN have;
ALTER TABLE blob DROP COLUMN at;
