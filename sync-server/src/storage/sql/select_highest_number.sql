-- One probe of the index for each length that a count may have.
WITH RECURSIVE digits (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM digits WHERE n < 18)
SELECT coalesce(max((
    SELECT CAST(substr(number, length(?1) + 1) AS INTEGER)
    FROM job_line
    WHERE length(number) = length(?1) + n AND number > ?1 AND number < ?2
        AND substr(number, length(?1) + 1) NOT GLOB '*[^0-9]*'
    ORDER BY number DESC
    LIMIT 1
)), 0)
FROM digits
