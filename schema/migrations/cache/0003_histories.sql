-- A machine's page asks for its history; every machine in scope has one.
CREATE INDEX rec_history ON rec(json_extract(coalesce(view, shadow), '$.f.machine')) WHERE kind = 'machine_history';
