-- Exceptions are looked for by kind alone, whatever job they hang on.
CREATE INDEX rec_exception ON rec(pk) WHERE kind = 'exception';
