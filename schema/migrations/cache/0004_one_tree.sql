-- Who holds which record, in one tree instead of a table with two indexes: a first pull writes one row a record.
-- What an audience holds is asked for only when a person leaves it, and may read all of it.
ALTER TABLE rec_audience RENAME TO rec_audience_before;
CREATE TABLE rec_audience(
    rec      INTEGER NOT NULL REFERENCES rec(pk) ON DELETE CASCADE,
    audience INTEGER NOT NULL,
    PRIMARY KEY (rec, audience)
) WITHOUT ROWID;
INSERT INTO rec_audience(rec, audience) SELECT rec, audience FROM rec_audience_before ORDER BY rec, audience;
DROP TABLE rec_audience_before;
