INSERT INTO org_head (one, head, epoch, backup_pos)
VALUES (1, ?1, ?2, ?3)
ON CONFLICT (one) DO UPDATE SET head = ?1, epoch = ?2, backup_pos = ?3
