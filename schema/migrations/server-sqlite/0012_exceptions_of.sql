-- All exceptions about a record, also those that were decided: they come and go with it.
CREATE INDEX exception_about ON exception (about);
