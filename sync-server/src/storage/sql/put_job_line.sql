INSERT INTO job_line (job, state, rank, since, owner, lead, number, day, due, customer, machine, card_how, card_kind)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (job) DO UPDATE SET
    state = excluded.state, rank = excluded.rank, since = excluded.since, owner = excluded.owner,
    lead = excluded.lead, number = excluded.number, day = excluded.day, due = excluded.due,
    customer = excluded.customer, machine = excluded.machine,
    card_how = excluded.card_how, card_kind = excluded.card_kind
