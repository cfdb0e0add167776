//! Both real cores in one process: what a day must come to, whatever the pages are cut into.

mod convergence;
mod exchange;
mod whole_day;
