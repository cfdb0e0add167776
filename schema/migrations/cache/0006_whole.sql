-- One row says that a pull has ended; what is without it is partial, whatever pages came before a crash.
INSERT INTO sync_state(name, value) SELECT 'whole', '1'
WHERE EXISTS (SELECT 1 FROM sync_state WHERE name LIKE 'cursor/%')
  AND NOT EXISTS (SELECT 1 FROM sync_state WHERE name LIKE 'partial/%');
DELETE FROM sync_state WHERE name LIKE 'partial/%';
