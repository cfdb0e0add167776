-- Which jobs name a machine or a customer: asked when one of these comes after its job, and for the history of a
-- machine.
CREATE INDEX record_job_machine ON record (fields ->> 'machine') WHERE kind = 'job';
CREATE INDEX record_job_customer ON record (fields ->> 'customer') WHERE kind = 'job';
