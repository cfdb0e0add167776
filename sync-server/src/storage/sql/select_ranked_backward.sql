SELECT DISTINCT day, rec
FROM rec_audience
WHERE audience = ?1 AND until IS NULL AND (day, rec) < (?2, ?3) AND day >= ?4
ORDER BY day DESC, rec DESC
LIMIT ?5
