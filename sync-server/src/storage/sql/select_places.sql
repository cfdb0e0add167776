SELECT chain, seq FROM op WHERE pos = ?1 AND chain IS NOT NULL
UNION ALL
SELECT chain, seq FROM link WHERE op = ?1 AND again = 1
ORDER BY 1, 2
