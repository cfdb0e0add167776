//! A page of records as columns: per kind one array a field, smaller than rows and quick to read.
//!
//! A page holds rows of one audience and the cursor behind them; a device writes both in one transaction or
//! neither. A field that not every row has stands in `some` with the rows it belongs to, so that an absent
//! field and a null one stay apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{ApiError, ErrorCode};
use super::sync::Audience;
use crate::id::{RecordId, UserId};
use crate::json::Fields;
use crate::merge::RecordState;

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
    /// Records to put, grouped by kind.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub put: Vec<Table>,
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
    pub all: BTreeMap<String, Vec<Value>>,
    /// Fields that some rows have: the rows' places, rising, and their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub some: BTreeMap<String, (Vec<u32>, Vec<Value>)>,
}

/// One record of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The record.
    pub rec: RecordId,
    /// What it says. `field_vers` is empty: only the server keeps those.
    pub state: RecordState,
}

impl Table {
    /// Lays rows of one kind out as columns.
    pub fn from_rows(kind: &str, rows: Vec<Row>) -> Self {
        let count = rows.len();
        let mut table = Self { kind: kind.to_owned(), ..Self::default() };
        let mut columns: BTreeMap<String, (Vec<u32>, Vec<Value>)> = BTreeMap::new();
        for (at, row) in (0..).zip(rows) {
            table.rec.push(row.rec);
            table.ver.push(row.state.ver);
            table.age.push(row.state.ver.saturating_sub(row.state.born));
            table.by.push(row.state.author);
            table.job.push(row.state.job);
            for (field, value) in row.state.fields {
                let column = columns.entry(field).or_default();
                column.0.push(at);
                column.1.push(value);
            }
        }
        if table.age.iter().all(|age| *age == 0) {
            table.age.clear();
        }
        if table.job.iter().all(Option::is_none) {
            table.job.clear();
        }
        for (field, column) in columns {
            if column.0.len() == count {
                table.all.insert(field, column.1);
            } else {
                table.some.insert(field, column);
            }
        }
        table
    }

    /// The rows again.
    pub fn into_rows(self) -> Result<Vec<Row>, ApiError> {
        self.check()?;
        let mut fields: Vec<Fields> = vec![Fields::new(); self.rec.len()];
        for (field, values) in self.all {
            for (row, value) in fields.iter_mut().zip(values) {
                row.insert(field.clone(), value);
            }
        }
        for (field, (places, values)) in self.some {
            for (place, value) in places.into_iter().zip(values) {
                fields[place as usize].insert(field.clone(), value);
            }
        }
        let row = |(at, fields): (usize, Fields)| Row {
            rec: self.rec[at],
            state: RecordState {
                kind: self.kind.clone(),
                job: self.job.get(at).copied().flatten(),
                fields,
                ver: self.ver[at],
                born: self.ver[at].saturating_sub(self.age.get(at).copied().unwrap_or(0)),
                author: self.by[at],
                void: false,
                field_vers: BTreeMap::new(),
            },
        };
        Ok(fields.into_iter().enumerate().map(row).collect())
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
            && self.some.values().all(|(places, values)| {
                places.len() == values.len()
                    && places.windows(2).all(|pair| pair[0] < pair[1])
                    && places.last().is_none_or(|last| (*last as usize) < count)
            });
        if whole { Ok(()) } else { Err(ApiError::about(ErrorCode::Malformed, "page")) }
    }
}

impl Page {
    /// Whether all tables are whole.
    pub fn check(&self) -> Result<(), ApiError> {
        self.put.iter().try_for_each(Table::check)
    }

    /// Number of rows of every sort.
    pub fn rows(&self) -> usize {
        self.put.iter().map(|table| table.rec.len()).sum::<usize>() + self.void.len() + self.leave.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        let table = Table::from_rows("note", rows.clone());
        assert_eq!(table.all.len(), 1);
        assert_eq!(table.into_rows().unwrap(), rows);
    }

    #[test]
    fn crooked_tables_are_refused() {
        let good = Table::from_rows("note", vec![row(1, 9, &serde_json::json!({"a": 1}), None); 2]);
        assert!(good.check().is_ok());
        let mut bad = vec![good.clone(); 5];
        bad[0].ver.pop();
        bad[1].all.insert("z".into(), vec![]);
        bad[2].some.insert("z".into(), (vec![2], vec![Value::Null]));
        bad[3].some.insert("z".into(), (vec![1, 0], vec![Value::Null, Value::Null]));
        bad[4].age = vec![1];
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
            prop_assert_eq!(Table::from_rows("note", rows.clone()).into_rows().unwrap(), rows);
        }
    }
}
