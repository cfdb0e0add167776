-- A small picture of a photo whose bytes are here, for lists. Derived from the blob, never sent.
CREATE TABLE thumb(
    sha256 BLOB PRIMARY KEY,
    bytes  BLOB NOT NULL
);

-- Ops that ended in a way the person should know: few among very many.
CREATE INDEX op_disputed ON op(pk) WHERE outcome IN ('conflict', 'parked');
