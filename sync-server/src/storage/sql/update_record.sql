UPDATE record
SET fields = ?2, ver = ?3, void = ?4, field_vers = ?5
WHERE pk = ?1
