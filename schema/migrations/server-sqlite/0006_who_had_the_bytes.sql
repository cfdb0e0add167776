-- Who says that a record names a blob: whoever only knows a digest shall not read the bytes behind it.
-- NULL for the office, and for what was said before this column.
ALTER TABLE blob_ref ADD COLUMN user BLOB;

-- Who had the bytes in hand: his run made the blob whole, or was found in it.
CREATE TABLE blob_holder (
    sha256      BLOB    NOT NULL,
    user        BLOB    NOT NULL,
    UNIQUE (sha256, user)
) STRICT;

-- When the last run of it came, in ms.
ALTER TABLE blob ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blob_uploader ON blob (uploader);
