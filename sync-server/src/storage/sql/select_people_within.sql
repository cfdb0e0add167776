WITH RECURSIVE inside (unit) AS (
    SELECT ?1
    UNION
    SELECT u.id FROM unit AS u JOIN inside AS i ON u.parent = i.unit
)
SELECT user
FROM account
WHERE unit IN (SELECT unit FROM inside)
ORDER BY user
