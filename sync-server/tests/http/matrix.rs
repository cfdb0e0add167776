//! The table of routes against the table of expectations.
