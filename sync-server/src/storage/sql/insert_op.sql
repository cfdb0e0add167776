INSERT INTO op (pos, op_id, hash, body, running, device, chain, seq, job, outcome, why, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
