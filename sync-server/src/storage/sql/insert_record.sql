INSERT INTO record (rec, kind, job, fields, ver, born, author, void, field_vers)
VALUES (?1, ?2, (SELECT pk FROM record WHERE rec = ?3), ?4, ?5, ?6, ?7, ?8, ?9)
