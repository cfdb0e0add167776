-- The server's records in scope, and pending work laid over them. Rebuilt at any time; synchronous=NORMAL.
CREATE TABLE sync_state(
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- `shadow` is what the server said (NULL for a record it has not seen), `view` differs only under pending ops.
CREATE TABLE rec(
    pk     INTEGER PRIMARY KEY,
    id     BLOB    NOT NULL UNIQUE,
    kind   TEXT    NOT NULL,
    job    BLOB,
    ver    INTEGER NOT NULL,
    shadow TEXT,
    view   TEXT,
    kept   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX rec_of_job ON rec(job, kind);
CREATE INDEX rec_of_kind ON rec(kind) WHERE job IS NULL;

CREATE TABLE rec_audience(
    audience INTEGER NOT NULL,
    rec      INTEGER NOT NULL REFERENCES rec(pk) ON DELETE CASCADE,
    UNIQUE (rec, audience)
);
CREATE INDEX rec_of_audience ON rec_audience(audience);

-- One row a job, folded from its records: what the lists show, sort and search.
CREATE TABLE job_list(
    rec      INTEGER PRIMARY KEY REFERENCES rec(pk) ON DELETE CASCADE,
    customer BLOB,
    machine  BLOB,
    bucket   INTEGER NOT NULL,
    plan     INTEGER,
    row      TEXT    NOT NULL,
    words    TEXT    NOT NULL
);
CREATE INDEX job_list_by_bucket ON job_list(bucket, plan);
CREATE INDEX job_list_of_customer ON job_list(customer);
CREATE INDEX job_list_of_machine ON job_list(machine);
