SELECT link.chain, link.seq
FROM device_head
JOIN link USING (chain)
WHERE device_head.device = ?1 AND link.link = ?2
ORDER BY link.chain DESC
LIMIT 1
