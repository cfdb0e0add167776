-- One dataset file as tables, beside the one in use until it is complete. No personal data; fetched again at any time.
CREATE TABLE stage(
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);

-- The file's bytes as they come, in runs; gone once the rows are in.
CREATE TABLE chunk(
    at    INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- `fold` is the key as search compares it. Rows that something newer takes the place of come behind all others.
CREATE TABLE row(
    pk   INTEGER PRIMARY KEY,
    fold TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX row_fold ON row(fold);

-- Every way to type a row, cut into words by the app: the tokenizer only splits at blanks.
CREATE VIRTUAL TABLE words USING fts5(
    text, content = '', detail = none, columnsize = 0, tokenize = 'ascii', prefix = '1 2 3'
);
