UPDATE enrol_code SET used_by = ?1, used_mac = ''
WHERE user = ?2 AND expires = ?3 AND device IS ?4 AND used_by IS NULL
