-- The highest number of a day is read, not searched for: numbers of one length stand in the order of their counts.
DROP INDEX job_line_number;
CREATE INDEX job_line_number ON job_line (length(number), number);
