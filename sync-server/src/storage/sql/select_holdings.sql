SELECT rec, audience, via, until, day
FROM rec_audience
WHERE rec = ?1
ORDER BY audience, via
