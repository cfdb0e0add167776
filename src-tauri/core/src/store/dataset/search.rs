//! Search in a catalogue: exact number, then what fits this machine, then what was used lately, then the rest.
//!
//! While the words are not all there yet, numbers are found by their beginning. A superseded number brings
//! the newest one along, before itself.

use std::collections::BTreeMap;

use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::dataset::parts::Part;
use rusqlite::params;
use serde::de::DeserializeOwned;

use super::file::{DatasetFile, Stage};
use super::words::{self, FITS_ANY, Term};
use crate::store::StoreError;

/// Hits are counted up to here.
const COUNT_MAX: u32 = 10_000;

/// Longest chain of numbers that took one another's place.
const CHAIN_MAX: usize = 20;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    /// As typed; empty shows what fits.
    pub text: &'a str,
    /// The machine's model (parts) or family (faults).
    pub fits: Option<&'a str>,
    /// Keys used lately, the last first.
    pub recent: &'a [String],
    /// Most rows.
    pub limit: usize,
}

/// A part that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundPart {
    /// The part.
    pub part: Part,
    /// It is made for the model that was asked for.
    pub fits: bool,
    /// The newest number, when another took its place.
    pub newest: Option<String>,
}

/// How good a hit is; lower is better.
type Rank = (bool, bool, usize, bool, i64);

/// Hits by row.
#[derive(Default)]
struct Hits(BTreeMap<i64, Rank>);

impl Hits {
    /// The first time a row is found is the best.
    fn add(&mut self, pks: Vec<i64>, rank: impl Fn(i64) -> Rank) {
        for pk in pks {
            self.0.entry(pk).or_insert_with(|| rank(pk));
        }
    }

    fn best(self, limit: usize) -> Vec<i64> {
        let mut rows: Vec<(Rank, i64)> = self.0.into_iter().map(|(pk, rank)| (rank, pk)).collect();
        rows.sort_unstable();
        rows.into_iter().take(limit).map(|(_, pk)| pk).collect()
    }
}

/// The words as FTS5 wants them. Words hold letters and digits only, so nothing can break out of the quotes.
fn expression(terms: &[Term], also: Option<&str>) -> String {
    let quoted = terms.iter().map(|t| format!("\"{}\"{}", t.text, if t.is_prefix { "*" } else { "" }));
    quoted.chain(also.map(|word| format!("\"{word}\""))).collect::<Vec<_>>().join(" AND ")
}

const NOT_RECENT: usize = usize::MAX;

impl DatasetFile {
    /// Rows that were found, the best first, and how many there are.
    fn find(&self, search: &Search<'_>) -> Result<(Vec<i64>, u64), StoreError> {
        let terms = words::query(search.text);
        let fits = search.fits.map(words::fits);
        if self.stage < Stage::Done {
            return self.find_by_beginning(&words::fold(search.text), search.limit);
        }
        if terms.is_empty() {
            let Some(fits) = fits else { return Ok((Vec::new(), 0)) };
            let all = expression(&[], Some(&fits));
            return Ok((self.matching(&all, search.limit)?, self.count(&all)?));
        }
        let all = expression(&terms, None);
        let mut hits = Hits::default();
        hits.add(self.rows_with(&words::fold(search.text))?, |pk| (false, false, 0, false, pk));
        let fitting = fits.map(|fits| expression(&terms, Some(&fits)));
        for (at, key) in search.recent.iter().enumerate() {
            for pk in self.rows_with(&words::fold(key))? {
                if self.matches(&all, pk)? {
                    let fits = fitting.as_ref().map_or(Ok(false), |fitting| self.matches(fitting, pk))?;
                    hits.add(vec![pk], |pk| (true, !fits, at, false, pk));
                }
            }
        }
        if let Some(fitting) = &fitting {
            hits.add(self.matching(fitting, search.limit)?, |pk| (true, false, NOT_RECENT, false, pk));
        }
        for (class, also) in [(false, Some(FITS_ANY)), (true, None)] {
            if hits.0.len() < search.limit {
                let found = self.matching(&expression(&terms, also), search.limit + hits.0.len())?;
                hits.add(found, |pk| (true, true, NOT_RECENT, class, pk));
            }
        }
        Ok((hits.best(search.limit), self.count(&all)?))
    }

    fn find_by_beginning(&self, begin: &str, limit: usize) -> Result<(Vec<i64>, u64), StoreError> {
        if begin.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let end = format!("{begin}{}", char::MAX);
        let sql = "SELECT pk FROM row WHERE fold >= ?1 AND fold < ?2 ORDER BY fold, pk LIMIT ?3";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![begin, end, limit], |row| row.get(0))?;
        let found = rows.collect::<Result<_, _>>()?;
        let sql = "SELECT count(*) FROM (SELECT 1 FROM row WHERE fold >= ?1 AND fold < ?2 LIMIT ?3)";
        let mut count = self.db.prepare_cached(sql)?;
        Ok((found, count.query_row(params![begin, end, COUNT_MAX], |row| row.get(0))?))
    }

    fn matching(&self, expression: &str, limit: usize) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid LIMIT ?2";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![expression, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn matches(&self, expression: &str, pk: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM words WHERE words MATCH ?1 AND rowid = ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row(params![expression, pk], |row| row.get(0))?)
    }

    fn count(&self, expression: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ?1 LIMIT ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row(params![expression, COUNT_MAX], |row| row.get(0))?)
    }

    fn rows_with(&self, fold: &str) -> Result<Vec<i64>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT pk FROM row WHERE fold = ?1 ORDER BY pk")?;
        let rows = select.query_map([fold], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn read_rows<R: DeserializeOwned>(&self, pks: &[i64]) -> Result<Vec<R>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT body FROM row WHERE pk = ?1")?;
        let mut rows = Vec::with_capacity(pks.len());
        for pk in pks {
            let body: String = select.query_row([pk], |row| row.get(0))?;
            rows.push(serde_json::from_str(&body).map_err(|_| StoreError::Damaged("dataset row"))?);
        }
        Ok(rows)
    }

    /// The part with this very number.
    pub(super) fn part(&self, number: &str) -> Result<Option<Part>, StoreError> {
        for body in self.bodies_at(number)? {
            let part: Part = serde_json::from_str(&body).map_err(|_| StoreError::Damaged("dataset row"))?;
            if part.number == number {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }

    /// What took the place of `part` in the end; `None` when nothing did, or only numbers nobody has.
    pub(super) fn newest(&self, part: &Part) -> Result<Option<Part>, StoreError> {
        let (mut newest, mut next) = (None, part.superseded_by.clone());
        for _ in 0..CHAIN_MAX {
            let Some(number) = &next else { break };
            let Some(found) = self.part(number)? else { break };
            next.clone_from(&found.superseded_by);
            newest = Some(found);
        }
        Ok(newest)
    }

    /// Parts, the best first; the newest stands before what it takes the place of.
    pub(super) fn find_parts(&self, search: &Search<'_>) -> Result<(Vec<FoundPart>, u64), StoreError> {
        let (pks, total) = self.find(search)?;
        let mut found: Vec<FoundPart> = Vec::new();
        for part in self.read_rows::<Part>(&pks)? {
            let newest = self.newest(&part)?;
            if let Some(newest) = &newest
                && !found.iter().any(|one| one.part.number == newest.number)
            {
                found.push(found_part(newest.clone(), search.fits, None));
            }
            if !found.iter().any(|one| one.part.number == part.number) {
                let newest = newest.map(|part| part.number).or_else(|| part.superseded_by.clone());
                found.push(found_part(part, search.fits, newest));
            }
        }
        found.truncate(search.limit);
        Ok((found, total))
    }

    /// Faults, the best first.
    pub(super) fn find_faults(&self, search: &Search<'_>) -> Result<(Vec<Fault>, u64), StoreError> {
        let (pks, total) = self.find(search)?;
        Ok((self.read_rows(&pks)?, total))
    }
}

/// A part as it is told.
pub(super) fn found_part(part: Part, model: Option<&str>, newest: Option<String>) -> FoundPart {
    let model = model.map(words::fold);
    let fits = model.is_some_and(|model| part.fits.iter().any(|one| words::fold(one) == model));
    FoundPart { part, fits, newest }
}
