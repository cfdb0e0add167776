-- The server's store. One folder holds one org; PostgreSQL's twin has the same tables with `org` leading.
-- Positions come from org_head.head inside the write transaction, never from a rowid.

CREATE TABLE org_head (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    head        INTEGER NOT NULL,              -- the last position given out
    epoch       TEXT    NOT NULL,              -- eight characters; another after each restore
    backup_pos  INTEGER,                       -- everything up to here is in a good backup
    prefixes    INTEGER NOT NULL DEFAULT 0     -- tag prefixes given out
) STRICT;

CREATE TABLE enrol_code (
    name        TEXT    PRIMARY KEY,
    key         BLOB    NOT NULL,              -- SHA-256 of the secret: the key of both HMACs
    user        BLOB    NOT NULL,
    expires     INTEGER NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    used_by     BLOB,                          -- the device
    used_mac    TEXT                           -- HMAC of the request that used it
) STRICT;

CREATE TABLE device (
    pk          INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    user        BLOB    NOT NULL,
    key         BLOB    NOT NULL,              -- Ed25519
    state       TEXT    NOT NULL CHECK (state IN ('unconfirmed', 'active', 'revoked')),
    label       TEXT    NOT NULL,
    app         TEXT    NOT NULL,
    prefixes    TEXT    NOT NULL,              -- of old-part tags, separated by blanks
    enrolled_at INTEGER NOT NULL,
    seen_at     INTEGER,
    held        TEXT                           -- what it last said it holds unsent, as JSON
) STRICT;

-- One row an incarnation of a device.
CREATE TABLE device_head (
    chain       INTEGER PRIMARY KEY,
    device      BLOB    NOT NULL,
    incarnation BLOB    NOT NULL,
    last_seq    INTEGER NOT NULL,
    last_link   BLOB    NOT NULL,
    sig         BLOB    NOT NULL,              -- over last_link
    first_prev  BLOB    NOT NULL,              -- the link that the first op stands on
    prev_chain  INTEGER,                       -- where that link stands, NULL for none
    prev_seq    INTEGER,
    UNIQUE (device, incarnation)
) STRICT;

-- One row an op of a chain. An op that came again in another incarnation has one more, marked `again`.
CREATE TABLE link (
    chain       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    link        BLOB    NOT NULL,
    op          INTEGER NOT NULL,
    again       INTEGER NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_again ON link (op) WHERE again = 1;

-- The audit: appended to, never changed.
CREATE TABLE op (
    pos         INTEGER PRIMARY KEY,
    op_id       BLOB,                          -- NULL for what is no op, or whose op_id stands already
    hash        BLOB    NOT NULL,              -- SHA-256 of the body
    body        BLOB    NOT NULL,
    running     BLOB    NOT NULL,              -- the running hash up to and with this op
    device      BLOB,                          -- who sent it; NULL for the office
    chain       INTEGER,
    seq         INTEGER,
    job         INTEGER,                       -- record.pk
    outcome     TEXT    NOT NULL,
    why         TEXT,
    at          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX op_id ON op (op_id) WHERE op_id IS NOT NULL;
CREATE INDEX op_nameless ON op (hash) WHERE op_id IS NULL;
CREATE INDEX op_job ON op (job) WHERE job IS NOT NULL;

CREATE TABLE record (
    pk          INTEGER PRIMARY KEY,
    rec         BLOB    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    job         INTEGER,                       -- record.pk
    fields      TEXT    NOT NULL,
    ver         INTEGER NOT NULL,
    born        INTEGER NOT NULL,
    author      BLOB    NOT NULL,
    void        INTEGER NOT NULL,
    field_vers  TEXT                           -- NULL while as created
) STRICT;
CREATE INDEX record_job ON record (job, kind) WHERE job IS NOT NULL;
CREATE INDEX record_free ON record (kind) WHERE job IS NULL;
CREATE INDEX record_history ON record (fields ->> 'machine') WHERE kind = 'machine_history';

-- What waits for a person. The same as records of kind `exception`, laid out for asking.
CREATE TABLE exception (
    record      INTEGER PRIMARY KEY,           -- record.pk of the exception
    op          INTEGER NOT NULL,              -- op.pos
    about       INTEGER,                       -- record.pk of what it is about; NULL when there is none
    field       TEXT,
    why         TEXT    NOT NULL,
    open        INTEGER NOT NULL
) STRICT;
CREATE INDEX exception_open ON exception (about) WHERE open = 1;

CREATE TABLE audience (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL CHECK (kind IN ('org', 'region', 'person')),
    owner       BLOB    NOT NULL UNIQUE        -- the person, region or org
) STRICT;

CREATE TABLE member (
    user        BLOB    NOT NULL,
    audience    INTEGER NOT NULL,
    until       INTEGER,                       -- position at which it ended
    UNIQUE (user, audience)
) STRICT;

-- `via` is the record that brings `rec` in: its job, or itself.
CREATE TABLE rec_audience (
    rec         INTEGER NOT NULL,
    audience    INTEGER NOT NULL,
    via         INTEGER NOT NULL,
    until       INTEGER,                       -- position at which it ended
    day         INTEGER NOT NULL,              -- planned or due, in days since 1970; the lowest for none
    PRIMARY KEY (rec, audience, via)
) STRICT, WITHOUT ROWID;
CREATE INDEX rec_audience_rank ON rec_audience (audience, day, rec) WHERE until IS NULL;

-- One row an audience and record, moved at each change.
CREATE TABLE feed (
    audience    INTEGER NOT NULL,
    rec         INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('put', 'leave', 'void')),
    PRIMARY KEY (audience, rec),
    UNIQUE (audience, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
    sha256      BLOB    PRIMARY KEY,
    size        INTEGER NOT NULL,
    media_type  TEXT    NOT NULL,
    have        BLOB,                          -- one bit a unit; NULL once stored
    pos         INTEGER,                       -- the head when it was stored; NULL before
    uploader    BLOB    NOT NULL               -- the device that began it
) STRICT;

CREATE TABLE blob_ref (
    sha256      BLOB    NOT NULL,
    rec         INTEGER NOT NULL,              -- record.pk
    UNIQUE (sha256, rec)
) STRICT;
CREATE INDEX blob_ref_rec ON blob_ref (rec);

CREATE TABLE dataset (
    name         TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    sha256       BLOB    NOT NULL,
    base_version INTEGER,
    PRIMARY KEY (name, version)
) STRICT;
