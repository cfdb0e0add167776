-- What the console's lists are asked by: derived from the records, in the transaction that writes them.
-- A store without these rows gets them when it is opened.

CREATE TABLE job_line (
    job         INTEGER PRIMARY KEY,           -- record.pk of a job that is not struck out
    state       TEXT    NOT NULL,
    rank        INTEGER NOT NULL,              -- place of the state in a job's life
    since       INTEGER,
    owner       BLOB    NOT NULL,              -- through whom it belongs to a unit: its lead, else its author
    lead        BLOB,
    number      TEXT,
    day         INTEGER NOT NULL,              -- planned, else due, else reported, in ms; the lowest for none
    due         INTEGER NOT NULL,              -- due, else planned; the highest for none
    customer    INTEGER,                       -- record.pk
    machine     INTEGER,                       -- record.pk
    card_how    TEXT,                          -- of the newest card
    card_kind   TEXT
) STRICT;
CREATE INDEX job_line_due ON job_line (due, job);
CREATE INDEX job_line_rank ON job_line (rank, job);
CREATE INDEX job_line_lead ON job_line (lead);
CREATE INDEX job_line_number ON job_line (number);
CREATE INDEX job_line_customer ON job_line (customer);
CREATE INDEX job_line_machine ON job_line (machine);

-- Words of jobs, customers and machines as overlapping pairs of characters: a phrase of pairs is a piece of
-- text wherever it stands, in Chinese too. rowid is record.pk.
CREATE VIRTUAL TABLE wording USING fts5 (
    pairs, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);
