SELECT state, rank, since, owner, lead, number, day, due, customer, machine, card_how, card_kind
FROM job_line
WHERE job = ?1
