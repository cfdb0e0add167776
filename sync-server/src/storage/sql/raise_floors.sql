UPDATE audience
SET floor = max(floor, coalesce(
    (SELECT max(f.pos) FROM feed AS f WHERE f.audience = audience.id AND f.pos <= ?1 AND f.state <> 'put'), 0))
