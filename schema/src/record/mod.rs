//! The kinds of record and who owns which of their fields.
//!
//! One kind a file; each struct keeps the fields it does not know. [`class_of`] is what merge asks; the
//! structs are for screens and rules. Nothing here changes a record: that is [`crate::merge`].

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json::Fields;

/// What may happen to a field when two people touch it (design: the conflict rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Created, amended, voided; never overwritten; two amends at once are both kept.
    Evidence,
    /// The technician's: current applies, equal merges, else a conflict that keeps both values.
    Technician,
    /// The office's: from a device it becomes a proposal, except on `create`.
    Office,
    /// A number that ops add to, each once.
    Stock,
    /// Written by the server alone.
    Server,
}

/// How the fields of one kind divide.
#[derive(Debug, Clone, Copy)]
pub struct KindRule {
    /// The kind, as ops name it.
    pub kind: &'static str,
    /// Class of every field not listed below, also of those from later versions.
    pub class: Class,
    /// The office's fields.
    pub office: &'static [&'static str],
    /// Fields that ops add to.
    pub stock: &'static [&'static str],
}

const fn all(kind: &'static str, class: Class) -> KindRule {
    KindRule { kind, class, office: &[], stock: &[] }
}

/// Every kind this version knows, in the order of their names.
pub const KINDS: &[KindRule] = &[
    all("card", Class::Evidence),
    all("charge", Class::Evidence),
    all("countersign", Class::Evidence),
    all("customer", Class::Office),
    all("exception", Class::Server),
    all("fault", Class::Technician),
    KindRule { kind: "job", class: Class::Technician, office: job::OFFICE_FIELDS, stock: &[] },
    all("machine", Class::Office),
    all("machine_history", Class::Server),
    all("note", Class::Evidence),
    all("old_part", Class::Evidence),
    all("part_line", Class::Evidence),
    all("person", Class::Office),
    all("photo", Class::Evidence),
    all("reading", Class::Evidence),
    all("receipt", Class::Server),
    all("step", Class::Evidence),
    KindRule { kind: "van_stock", class: Class::Office, office: &[], stock: &["qty"] },
    KindRule { kind: "visit", class: Class::Technician, office: visit::OFFICE_FIELDS, stock: &[] },
];

/// The rule of `kind`; kinds of later versions are evidence.
pub fn rule_of(kind: &str) -> KindRule {
    match KINDS.binary_search_by(|rule| rule.kind.cmp(kind)) {
        Ok(at) => KINDS[at],
        Err(_) => all("", Class::Evidence),
    }
}

/// The class of one field of one kind.
pub fn class_of(kind: &str, field: &str) -> Class {
    let rule = rule_of(kind);
    if rule.stock.contains(&field) {
        Class::Stock
    } else if rule.office.contains(&field) {
        Class::Office
    } else {
        rule.class
    }
}

/// A record as a struct: what screens and rules read. `Self::KIND` names it in ops.
pub trait Record: Serialize + DeserializeOwned {
    /// The kind, as ops name it.
    const KIND: &'static str;

    /// Reads the fields of a record; a field of the wrong shape is an error that names it.
    fn from_fields(fields: &Fields) -> Result<Self, serde_json::Error> {
        Self::deserialize(serde_json::Value::Object(fields.clone()))
    }

    /// The fields as an op's `set`: members that are `None` are left out.
    fn to_fields(&self) -> Fields {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => Fields::new(),
        }
    }
}

pub mod job;
pub mod visit;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_order_and_once() {
        assert!(KINDS.windows(2).all(|pair| pair[0].kind < pair[1].kind));
    }

    #[test]
    fn what_is_unknown_belongs_to_the_one_who_was_there() {
        assert_eq!(class_of("a_kind_of_next_year", "anything"), Class::Evidence);
        assert_eq!(class_of("job", "a_field_of_next_year"), Class::Technician);
        assert_eq!(class_of("job", "assignee"), Class::Office);
        assert_eq!(class_of("van_stock", "qty"), Class::Stock);
    }
}
