INSERT INTO device_head
    (device, incarnation, last_seq, last_link, sig, first_prev, prev_chain, prev_seq)
VALUES (?1, ?2, 0, ?3, x'', ?3, ?4, ?5)
