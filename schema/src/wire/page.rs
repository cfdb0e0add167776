//! A page of records as columns: per kind one array a field, smaller than rows and quick to read.
//!
//! A page holds rows of one audience and the cursor behind them; a device writes both in one transaction or
//! neither. A field that not every row has stands in `some` with the rows it belongs to, so that an absent
//! field and a null one stay apart.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::{ApiError, ErrorCode};
use super::sync::Audience;
use crate::id::{RecordId, UserId};
use crate::json::{Fields, Written};
use crate::merge::RecordState;
use crate::op::Act;

/// Rows of one audience.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Page {
    /// The audience.
    pub aud: Audience,
    /// Where the audience stands once these rows are written.
    pub cursor: String,
    /// The first pull of this audience has not ended.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub partial: bool,
    /// What left this audience was forgotten before the device heard of it: it compares the audience.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub check: bool,
    /// Records to put, grouped by kind.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub put: Vec<Table>,
    /// Records that stand as the ops of this call's push made them, by the seqs of these ops: the first, and how
    /// many one after the other. Only for a device that said `own`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub own: Vec<(u64, u64)>,
    /// Records struck out, and their versions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub void: Vec<(RecordId, u64)>,
    /// Records that this audience no longer holds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub leave: Vec<RecordId>,
    /// Of the jobs among `leave`: who leads each now, where the office has given it to somebody.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub now_with: Vec<(RecordId, UserId)>,
}

/// Records of one kind, column by column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// The kind.
    pub kind: String,
    /// The records.
    pub rec: Vec<RecordId>,
    /// Position of the last change of each.
    pub ver: Vec<u64>,
    /// Position of the making of each, as its distance before `ver`; left out when all are 0.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub age: Vec<u64>,
    /// Who made each.
    pub by: Vec<UserId>,
    /// The job of each; left out when none has one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub job: Vec<Option<RecordId>>,
    /// Fields that every row has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub all: BTreeMap<String, Vec<Written>>,
    /// Fields that some rows have: the rows' places, rising, and their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub some: BTreeMap<String, (Vec<u32>, Vec<Written>)>,
}

/// One record of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The record.
    pub rec: RecordId,
    /// What it says. `field_vers` is empty: only the server keeps those.
    pub state: RecordState,
}

/// One record of a page with its fields as text: what both stores hold, so that nobody reads fifty thousand
/// of them between one store and the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowText {
    /// The record.
    pub rec: RecordId,
    /// Its kind.
    pub kind: String,
    /// The job that it hangs on.
    pub job: Option<RecordId>,
    /// Position of its last change.
    pub ver: u64,
    /// Position of its making.
    pub born: u64,
    /// Who made it.
    pub author: UserId,
    /// Its fields, as one JSON object with the names in order.
    pub fields: String,
}

impl RowText {
    /// A row as text.
    pub fn of(row: &Row) -> Result<Self, ApiError> {
        let Row { rec, state } = row;
        let fields = serde_json::to_string(&state.fields).map_err(|_| crooked())?;
        let kind = state.kind.clone();
        Ok(Self {
            rec: *rec,
            kind,
            job: state.job,
            ver: state.ver,
            born: state.born,
            author: state.author,
            fields,
        })
    }

    /// The row, read.
    pub fn read(self) -> Result<Row, ApiError> {
        let fields: Fields = serde_json::from_str(&self.fields).map_err(|_| crooked())?;
        let Self { rec, kind, job, ver, born, author, .. } = self;
        let (void, field_vers) = (false, BTreeMap::new());
        Ok(Row { rec, state: RecordState { kind, job, fields, ver, born, author, void, field_vers } })
    }
}

/// The members of an op that a row is made of.
#[derive(Deserialize)]
struct Making<'a> {
    act: Act,
    kind: String,
    rec: RecordId,
    job: Option<RecordId>,
    user: UserId,
    #[serde(borrow)]
    set: &'a RawValue,
}

impl RowText {
    /// The record as the op with this body, which was applied at `pos`, made it; none when it made nothing.
    pub fn made_by(body: &[u8], pos: u64) -> Option<Self> {
        let Making { act, kind, rec, job, user: author, set } = serde_json::from_slice(body).ok()?;
        let fields = set.get().to_owned();
        (act == Act::Create).then_some(Self { rec, kind, job, ver: pos, born: pos, author, fields })
    }
}

fn crooked() -> ApiError {
    ApiError::about(ErrorCode::Malformed, "page")
}

/// The columns of a table while rows are laid out.
#[derive(Default)]
struct Columns(BTreeMap<String, (Vec<u32>, Vec<Written>)>);

/// Lays the fields of the row at one place out.
struct Spread<'c>(u32, &'c mut Columns);

/// A name, copied only where it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Spread<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(place, Columns(columns)) = self;
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &RawValue>()? {
            if !columns.contains_key(&*name) {
                columns.insert(name.clone().into_owned(), Default::default());
            }
            if let Some((places, values)) = columns.get_mut(&*name) {
                places.push(place);
                values.push(value.into());
            }
        }
        Ok(())
    }
}

impl Table {
    /// Lays rows of one kind out as columns.
    pub fn from_rows(kind: &str, rows: &[Row]) -> Result<Self, ApiError> {
        Self::from_texts(kind, rows.iter().map(RowText::of).collect::<Result<_, _>>()?)
    }

    /// The same for rows as text.
    pub fn from_texts(kind: &str, rows: Vec<RowText>) -> Result<Self, ApiError> {
        let count = rows.len();
        let mut table = Self { kind: kind.to_owned(), ..Self::default() };
        let mut columns = Columns::default();
        for (place, row) in (0..).zip(rows) {
            table.rec.push(row.rec);
            table.ver.push(row.ver);
            table.age.push(row.ver.saturating_sub(row.born));
            table.by.push(row.author);
            table.job.push(row.job);
            let mut reader = serde_json::Deserializer::from_str(&row.fields);
            reader.deserialize_map(Spread(place, &mut columns)).map_err(|_| crooked())?;
        }
        if table.age.iter().all(|age| *age == 0) {
            table.age.clear();
        }
        if table.job.iter().all(Option::is_none) {
            table.job.clear();
        }
        for (field, column) in columns.0 {
            if column.0.len() == count {
                table.all.insert(field, column.1);
            } else {
                table.some.insert(field, column);
            }
        }
        Ok(table)
    }

    /// The rows again.
    pub fn into_rows(self) -> Result<Vec<Row>, ApiError> {
        self.into_texts()?.into_iter().map(RowText::read).collect()
    }

    /// The rows again, as text.
    pub fn into_texts(self) -> Result<Vec<RowText>, ApiError> {
        self.check()?;
        let fields = self.texts()?;
        let row = |(at, fields): (usize, String)| RowText {
            rec: self.rec[at],
            kind: self.kind.clone(),
            job: self.job.get(at).copied().flatten(),
            ver: self.ver[at],
            born: self.ver[at].saturating_sub(self.age.get(at).copied().unwrap_or(0)),
            author: self.by[at],
            fields,
        };
        Ok(fields.into_iter().enumerate().map(row).collect())
    }

    /// The fields of each row.
    fn texts(&self) -> Result<Vec<String>, ApiError> {
        let mut texts = vec![String::from("{"); self.rec.len()];
        let mut add = |place: usize, name: &str, value: &Written| {
            let text = &mut texts[place];
            let comma = if text.len() > 1 { "," } else { "" };
            text.extend([comma, name, ":", value.text()]);
        };
        let mut names: Vec<&String> = self.all.keys().chain(self.some.keys()).collect();
        names.sort_unstable();
        for field in names {
            let name = serde_json::to_string(field).map_err(|_| crooked())?;
            if let Some(values) = self.all.get(field) {
                values.iter().enumerate().for_each(|(place, value)| add(place, &name, value));
            } else if let Some((places, values)) = self.some.get(field) {
                places.iter().zip(values).for_each(|(place, value)| add(*place as usize, &name, value));
            }
        }
        for text in &mut texts {
            text.push('}');
        }
        Ok(texts)
    }

    /// Whether all columns fit each other: a page from outside may say anything.
    pub fn check(&self) -> Result<(), ApiError> {
        let count = self.rec.len();
        let optional = |len: usize| len == 0 || len == count;
        let whole = self.ver.len() == count
            && self.by.len() == count
            && optional(self.age.len())
            && optional(self.job.len())
            && self.all.values().all(|values| values.len() == count)
            && self.some.iter().all(|(field, (places, values))| {
                places.len() == values.len()
                    && places.windows(2).all(|pair| pair[0] < pair[1])
                    && places.last().is_none_or(|last| (*last as usize) < count)
                    && !self.all.contains_key(field)
            });
        if whole { Ok(()) } else { Err(crooked()) }
    }
}

impl Page {
    /// Whether all tables are whole.
    pub fn check(&self) -> Result<(), ApiError> {
        self.put.iter().try_for_each(Table::check)
    }

    /// Number of rows of every sort.
    pub fn rows(&self) -> usize {
        let put: usize = self.put.iter().map(|table| table.rec.len()).sum();
        let own: u64 = self.own.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
        let named = self.void.len() + self.leave.len();
        put.saturating_add(usize::try_from(own).unwrap_or(usize::MAX)).saturating_add(named)
    }

    /// About the bytes of the rows that it brings: as exact as the server is about a budget.
    pub fn weight(&self) -> usize {
        const ROW_BYTES: usize = 120;
        let cell = |name: &str, value: &Written| name.len() + value.text().len() + 4;
        let table = |table: &Table| {
            let all = table.all.iter().flat_map(|(name, values)| values.iter().map(move |v| cell(name, v)));
            let some =
                table.some.iter().flat_map(|(name, (_, values))| values.iter().map(move |v| cell(name, v)));
            all.chain(some).sum::<usize>() + table.rec.len() * ROW_BYTES
        };
        self.put.iter().map(table).sum()
    }

    /// Tells a record by the seq of the op of this push that made it.
    pub fn tell_own(&mut self, seq: u64) {
        match self.own.last_mut() {
            Some((first, count)) if *first + *count == seq => *count += 1,
            _ => self.own.push((seq, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn id(n: u8) -> uuid::Uuid {
        uuid::Uuid::from_bytes([n; 16])
    }

    fn row(n: u8, born: u64, fields: &Value, job: Option<u8>) -> Row {
        Row {
            rec: RecordId(id(n)),
            state: RecordState {
                kind: "note".into(),
                job: job.map(|j| RecordId(id(j))),
                fields: fields.as_object().cloned().unwrap_or_default(),
                ver: 9,
                born,
                author: UserId(id(1)),
                void: false,
                field_vers: BTreeMap::new(),
            },
        }
    }

    #[test]
    fn absent_and_null_stay_apart() {
        let rows = vec![
            row(1, 9, &serde_json::json!({"a": null, "b": 1}), None),
            row(2, 3, &serde_json::json!({"a": "x"}), Some(7)),
        ];
        let table = Table::from_rows("note", &rows).unwrap();
        assert_eq!(table.all.len(), 1);
        assert_eq!(table.into_rows().unwrap(), rows);
    }

    #[test]
    fn crooked_tables_are_refused() {
        let good = Table::from_rows("note", &vec![row(1, 9, &serde_json::json!({"a": 1}), None); 2]).unwrap();
        assert!(good.check().is_ok());
        let mut bad = vec![good.clone(); 6];
        let null = || serde_json::from_str::<Written>("null").unwrap();
        bad[0].ver.pop();
        bad[1].all.insert("z".into(), vec![]);
        bad[2].some.insert("z".into(), (vec![2], vec![null()]));
        bad[3].some.insert("z".into(), (vec![1, 0], vec![null(), null()]));
        bad[4].age = vec![1];
        bad[5].some.insert("a".into(), (vec![0], vec![null()]));
        for table in bad {
            assert!(table.clone().into_rows().is_err(), "{table:?}");
        }
    }

    proptest! {
        #[test]
        fn columns_give_the_rows_back(spec in prop::collection::vec(
            (any::<u8>(), 0_u64..10, prop::collection::btree_map("[a-e]", prop::option::of(0_i64..9), 0..4), prop::option::of(any::<u8>())),
            0..20,
        )) {
            let rows: Vec<Row> =
                spec.into_iter().map(|(n, born, fields, job)| row(n, born, &serde_json::json!(fields), job)).collect();
            prop_assert_eq!(Table::from_rows("note", &rows).unwrap().into_rows().unwrap(), rows);
        }
    }
}
