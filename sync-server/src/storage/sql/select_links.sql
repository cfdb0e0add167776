SELECT link.seq, link.link, link.op, link.again, op.outcome, op.why, op.pos
FROM link
JOIN op ON op.pos = link.op
WHERE link.chain = ?1 AND link.seq BETWEEN ?2 AND ?3
ORDER BY link.seq
