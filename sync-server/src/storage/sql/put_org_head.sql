INSERT INTO org_head (one, head, epoch, backup_pos, lost_above, lost_at, backup_at)
VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (one) DO UPDATE SET
    head = ?1, epoch = ?2, backup_pos = ?3, lost_above = ?4, lost_at = ?5, backup_at = ?6
