//! Catalogues become dataset files: a file of rows is the whole of its dataset, and a new version only when
//! some row differs.

use std::collections::BTreeMap;

use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::dataset::labour::Operation;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::photo_sets::PhotoNeed;
use fieldcard_schema::dataset::terms::{Cover, Exclusion, MeterLimit, Responsible, Scope, Term};
use fieldcard_schema::dataset::{DatasetError, Header, Reader, Row as DatasetRow, line_of, pack};
use fieldcard_schema::json::Fields;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use pinyin::{Pinyin, ToPinyin, ToPinyinMulti};

use super::cells::code_of;
use super::report::Counts;
use super::rows::{Row, Tables};
use crate::hub::Hub;
use crate::hub::office::Actor;

/// Ways to read a name that are kept.
const READINGS_MAX: usize = 8;

/// The tables that are datasets.
pub(super) const TABLES: [&str; 5] = ["parts", "faults", "labour", "warranty_terms", "photo_sets"];

/// A dataset as these files say it, before it is one.
pub(super) struct Catalogue {
    /// Its table.
    pub(super) table: &'static str,
    name: &'static str,
    lines: Vec<Vec<u8>>,
}

/// Gathers the datasets that the files bring. One whose every row is wrong is left as it is.
pub(super) fn gather(tables: &Tables) -> Result<Vec<Catalogue>, ApiError> {
    let all = [
        catalogue(tables, "parts", part)?,
        catalogue(tables, "faults", fault)?,
        catalogue(tables, "labour", operation)?,
        catalogue(tables, "warranty_terms", term)?,
        catalogue(tables, "photo_sets", photo_need)?,
    ];
    Ok(all.into_iter().filter(|one| !one.lines.is_empty()).collect())
}

fn catalogue<R: DatasetRow>(
    tables: &Tables,
    table: &'static str,
    read: impl Fn(&Row) -> R,
) -> Result<Catalogue, ApiError> {
    let mut rows: Vec<R> = tables.rows(table).iter().map(read).collect();
    if table != "photo_sets" {
        rows.sort_by_key(DatasetRow::key);
    }
    let lines = rows.iter().map(line_of).collect::<Result<_, _>>().map_err(|e| not_a_dataset(&e))?;
    Ok(Catalogue { table, name: R::NAME, lines })
}

fn not_a_dataset(error: &DatasetError) -> ApiError {
    let code = if matches!(error, DatasetError::TooLarge(_)) {
        ErrorCode::TooLarge
    } else {
        ErrorCode::InvalidValue
    };
    ApiError::about(code, "dataset")
}

impl Catalogue {
    /// Publishes it, unless the current version says the same.
    pub(super) fn publish(&self, hub: &mut Hub, actor: &Actor, now: Timestamp) -> Result<Counts, ApiError> {
        let rows = self.lines.len();
        let before = hub.dataset_file(self.name)?;
        let version = match &before {
            None => 1,
            Some(file) => {
                let (version, lines) = lines_of(file).map_err(|e| not_a_dataset(&e))?;
                if lines == self.lines {
                    return Ok(Counts { same: rows, ..Counts::default() });
                }
                version + 1
            }
        };
        let header = Header::new(self.name, version, rows as u64, now);
        let file = pack(&header, &self.lines).map_err(|e| not_a_dataset(&e))?;
        hub.publish_dataset(actor, &file)?;
        Ok(Counts { created: rows, ..Counts::default() })
    }
}

/// Version and rows of a file, each row as the line it was.
fn lines_of(file: &[u8]) -> Result<(u64, Vec<Vec<u8>>), DatasetError> {
    let mut reader = Reader::open(file)?;
    let version = reader.header().version;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_raw()? {
        lines.push(line);
    }
    Ok((version, lines))
}

/// The parts catalogue by number: from these files, else the current one.
pub(super) fn parts(hub: &mut Hub, tables: &Tables) -> Result<BTreeMap<String, Part>, ApiError> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    if !tables.rows("parts").is_empty() {
        parts.extend(tables.rows("parts").iter().map(part).map(|part| (part.number.clone(), part)));
    } else if let Some(file) = hub.dataset_file(Part::NAME)? {
        let mut reader = Reader::open(file.as_slice()).map_err(|e| not_a_dataset(&e))?;
        while let Some(part) = reader.next_row::<Part>().map_err(|e| not_a_dataset(&e))? {
            parts.insert(part.number.clone(), part);
        }
    }
    Ok(parts)
}

fn part(row: &Row) -> Part {
    let name = row.or_empty("name_zh");
    let given = row.own("initials").map(|initials| initials.to_lowercase());
    let mut initials: Vec<String> = given.into_iter().collect();
    initials.extend(
        initials_of(&name).into_iter().filter(|one| initials.first() != Some(one)).collect::<Vec<_>>(),
    );
    Part {
        number: row.or_empty("part_number"),
        name_en: row.or_empty("name_en"),
        initials,
        pinyin: row.own("pinyin").map_or_else(|| pinyin_of(&name), |pinyin| pinyin.to_lowercase()),
        name_zh: name,
        specification: row.own("specification"),
        unit: code_of("units", &row.or_empty("unit")).unwrap_or_else(|| row.or_empty("unit")),
        group: row.own("part_group"),
        fits: row.list("fits_models"),
        supersedes: row.own("supersedes").into_iter().collect(),
        superseded_by: row.own("superseded_by"),
        serialised: row.flag("serialised"),
        wear_part: row.flag("wear_part"),
        hazardous: row.flag("hazardous"),
        auxiliary: row.flag("auxiliary"),
        price: row.int("price"),
        currency: row.int("price").map(|_| "CNY".to_owned()),
        supplier: row.own("supplier"),
        return_policy: row.own("return_policy"),
        rest: Fields::new(),
    }
}

/// The first letters of a name, once for each way to read it; Latin letters and digits as they stand.
fn initials_of(name: &str) -> Vec<String> {
    let mut readings = vec![String::new()];
    for (c, multi) in name.chars().zip(name.to_pinyin_multi()) {
        let mut letters: Vec<char> = match multi {
            Some(multi) => multi.into_iter().filter_map(|one| one.plain().chars().next()).collect(),
            None => c.to_lowercase().filter(char::is_ascii_alphanumeric).collect(),
        };
        letters.sort_unstable();
        letters.dedup();
        if !letters.is_empty() {
            let longer = |begin: &String| letters.iter().map(|c| format!("{begin}{c}")).collect::<Vec<_>>();
            readings = readings.iter().flat_map(longer).take(READINGS_MAX).collect();
        }
    }
    readings.retain(|reading| !reading.is_empty());
    readings
}

/// The usual reading of a name, a blank between syllables.
fn pinyin_of(name: &str) -> String {
    name.to_pinyin().flatten().map(Pinyin::plain).collect::<Vec<_>>().join(" ").replace('ü', "v")
}

/// Families; `all` is none in particular.
fn families(row: &Row) -> Vec<String> {
    row.list("families").into_iter().filter(|family| family != "all").collect()
}

fn fault(row: &Row) -> Fault {
    Fault {
        code: row.or_empty("fault_code"),
        phenomenon: row.or_empty("phenomenon"),
        place: row.or_empty("place"),
        cause: row.or_empty("cause"),
        action: row.or_empty("action"),
        name_en: row.or_empty("name_en"),
        spn: row.int("spn"),
        fmi: row.int("fmi"),
        group: row.own("part_group"),
        families: families(row),
        severity: row.own("severity"),
        rest: Fields::new(),
    }
}

fn operation(row: &Row) -> Operation {
    Operation {
        code: row.or_empty("operation"),
        name_zh: row.or_empty("name_zh"),
        name_en: row.or_empty("name_en"),
        hours: row.or_empty("hours"),
        people: row.int("people").unwrap_or(0),
        families: families(row),
        group: row.own("part_group"),
        note: row.own("note"),
        ..Operation::default()
    }
}

fn photo_need(row: &Row) -> PhotoNeed {
    PhotoNeed {
        brand: row.or_empty("brand"),
        job_type: row.or_empty("job_type"),
        phase: row.or_empty("phase"),
        required: row.int("at_least").unwrap_or(1),
        zh: row.or_empty("hint_zh"),
        en: row.or_empty("hint_en"),
        rest: Fields::new(),
    }
}

fn term(row: &Row) -> Term {
    let meter = row.own("meter").zip(row.own("meter_limit"));
    Term {
        id: row.or_empty("term"),
        version: row.int("version").unwrap_or(0),
        from: row.own("in_force_from"),
        to: row.own("in_force_to"),
        brand: row.or_empty("brand"),
        name_zh: row.or_empty("name_zh"),
        applies_to: Scope {
            scope: row.or_empty("applies_to"),
            values: row.list("applies_value").into_iter().filter(|value| value != "all").collect(),
            ..Scope::default()
        },
        starts: row.own("starts"),
        ex_works_months: row.int("ex_works_months"),
        months: row.int("months"),
        meters: meter
            .map(|(meter, limit)| MeterLimit { meter, limit, rest: Fields::new() })
            .into_iter()
            .collect(),
        covers: row
            .list("covers")
            .iter()
            .map(|what| cover(what, row.text("caps").unwrap_or_default()))
            .collect(),
        use_classes: row.list("use_class"),
        extends_by_downtime: row.flag("extends_by_downtime"),
        holiday_roll: row.flag("holiday_roll"),
        excludes: row.list("excludes").iter().map(|said| exclusion(said)).collect(),
        responsible: Responsible { party: row.or_empty("responsible"), ..Responsible::default() },
        on_transfer: row.own("on_transfer"),
        replaced_part: row.own("replaced_part"),
        ..Term::default()
    }
}

/// What is covered, with its cap if `caps` (`trip<=150km`) has one for it.
fn cover(what: &str, caps: &str) -> Cover {
    let cap = caps.split([';', '；']).find_map(|cap| cap.trim().strip_prefix(what)?.strip_prefix("<="));
    let digits = cap.map(|cap| {
        cap.find(|c: char| !c.is_ascii_digit() && c != '.').map_or((cap, ""), |at| cap.split_at(at))
    });
    Cover {
        what: what.to_owned(),
        cap: digits.map(|(number, _)| number.to_owned()),
        cap_unit: digits.map(|(_, unit)| unit.to_owned()).filter(|unit| !unit.is_empty()),
        rest: Fields::new(),
    }
}

/// `assembly_opened:out`; without an effect it is out.
fn exclusion(said: &str) -> Exclusion {
    let (code, effect) = said.split_once(':').unwrap_or((said, "out"));
    Exclusion { code: code.trim().to_owned(), effect: effect.trim().to_owned(), ..Exclusion::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelled_in_every_way_it_is_read() {
        assert!(initials_of("主泵总成").contains(&"zbzc".to_owned()));
        let heavy = initials_of("重载M12");
        assert!(heavy.contains(&"zzm12".to_owned()) && heavy.contains(&"czm12".to_owned()), "{heavy:?}");
        assert!(initials_of("重长行调重长行调").len() <= READINGS_MAX);
        assert_eq!(pinyin_of("主泵(前)"), "zhu beng qian");
        assert!(initials_of("()").is_empty());
    }

    #[test]
    fn caps_and_exclusions_are_taken_apart() {
        let trip = cover("trip", "trip<=150km");
        assert_eq!((trip.cap.as_deref(), trip.cap_unit.as_deref()), (Some("150"), Some("km")));
        assert_eq!(cover("parts", "trip<=150km").cap, None);
        assert_eq!(exclusion("bad_fuel:needs_approval").effect, "needs_approval");
        assert_eq!(exclusion("bad_fuel").effect, "out");
    }
}
