-- A job that nobody leads belongs to the station which its import named: `owner` is a person's id or that of a
-- unit. Jobs without a lead are listed anew when the store is opened.
DELETE FROM job_line WHERE lead IS NULL;
