-- What has left this person's scope and stays for now is looked for at every exchange: few among very many.
CREATE INDEX rec_kept ON rec(pk) WHERE kept = 1;
