-- The person's own work: never rebuilt, synchronous=FULL. Committing here is saving.
CREATE TABLE ident(
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row an op. state: 0 waits for its outcome · 1 has it and is still laid over the cache · 2 is in the cache.
CREATE TABLE op(
    pk          INTEGER PRIMARY KEY,
    incarnation BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    op_id       BLOB    NOT NULL UNIQUE,
    rec         BLOB    NOT NULL,
    job         BLOB,
    body        BLOB    NOT NULL,
    link        BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0,
    outcome     TEXT,
    why         TEXT,
    pos         INTEGER,
    UNIQUE (incarnation, seq)
);
CREATE INDEX op_laid_over ON op(rec) WHERE state < 2;
CREATE INDEX op_waiting ON op(pk) WHERE state = 0;

-- What was typed or drawn and is not an op yet. `at` is the wall clock in ms.
CREATE TABLE draft(
    rec   BLOB NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    base  TEXT,
    at    INTEGER NOT NULL,
    PRIMARY KEY (rec, field)
);

-- Photo and card bytes, committed with the op that names them. state: 0 waits · 1 partly sent · 2 stored.
CREATE TABLE blob(
    pk         INTEGER PRIMARY KEY,
    sha256     BLOB    NOT NULL UNIQUE,
    size       INTEGER NOT NULL,
    media_type TEXT    NOT NULL,
    job        BLOB,
    rank       INTEGER NOT NULL,
    bytes      BLOB    NOT NULL,
    state      INTEGER NOT NULL DEFAULT 0,
    pos        INTEGER,
    epoch      TEXT,
    at         INTEGER NOT NULL
);
CREATE INDEX blob_waiting ON blob(rank, pk) WHERE state < 2;
