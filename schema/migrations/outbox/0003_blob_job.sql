-- The jobs that a blob belongs to: the same picture may stand on several, and each waits for its bytes.
CREATE TABLE blob_job(
    sha256 BLOB NOT NULL,
    job    BLOB NOT NULL,
    PRIMARY KEY (sha256, job)
) WITHOUT ROWID;
CREATE INDEX blob_job_of ON blob_job(job);
-- A blob had one job before: the others stand in the ops that named it.
INSERT INTO blob_job SELECT sha256, job FROM blob WHERE job IS NOT NULL;
INSERT OR IGNORE INTO blob_job
SELECT unhex(json_extract(CAST(op.body AS TEXT), '$.set.sha256')), op.job
FROM op
WHERE op.job IS NOT NULL
  AND json_valid(CAST(op.body AS TEXT))
  AND unhex(json_extract(CAST(op.body AS TEXT), '$.set.sha256')) IN (SELECT sha256 FROM blob);
ALTER TABLE blob DROP COLUMN job;
