-- People of the office: accounts, roles in the org tree, sessions. Devices have keys and stand in 0001.

CREATE TABLE setting (
    name        TEXT    PRIMARY KEY,           -- org_id, org_name, …
    value       TEXT    NOT NULL
) STRICT;

CREATE TABLE unit (
    id          BLOB    PRIMARY KEY,
    parent      BLOB,                          -- NULL for the company
    name        TEXT    NOT NULL
) STRICT;

CREATE TABLE account (
    user        BLOB    PRIMARY KEY,
    login       TEXT    NOT NULL UNIQUE,       -- lower case
    name        TEXT    NOT NULL,
    unit        BLOB    NOT NULL REFERENCES unit (id),
    password    TEXT,                          -- argon2id in PHC form; NULL for no console
    disabled    INTEGER NOT NULL,
    made_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE account_role (
    user        BLOB    NOT NULL REFERENCES account (user),
    unit        BLOB    NOT NULL REFERENCES unit (id),
    role        TEXT    NOT NULL,
    PRIMARY KEY (user, unit, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    hash        BLOB    PRIMARY KEY,           -- SHA-256 of the cookie
    user        BLOB    NOT NULL REFERENCES account (user),
    made_at     INTEGER NOT NULL,
    used_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user);
