SELECT max(coalesce(max(CAST(substr(number, length(?1) + 1) AS INTEGER)), 0), 0)
FROM job_line
WHERE number > ?1 AND number < ?2
