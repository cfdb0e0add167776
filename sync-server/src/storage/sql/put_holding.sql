INSERT INTO rec_audience (rec, audience, via, until, day)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (rec, audience, via) DO UPDATE SET until = ?4, day = ?5
