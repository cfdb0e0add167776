//! The kinds of record and who owns which of their fields.
//!
//! One kind a file; each struct keeps the fields it does not know. [`class_of`] is what merge asks; the
//! structs are for screens and rules. Nothing here changes a record: that is [`crate::merge`].

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

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
    all("campaign", Class::Server),
    all("card", Class::Evidence),
    all("charge", Class::Evidence),
    all("countersign", Class::Evidence),
    all("customer", Class::Office),
    all("dataset", Class::Server),
    all("exception", Class::Server),
    all("fault", Class::Technician),
    KindRule { kind: "job", class: Class::Technician, office: job::OFFICE_FIELDS, stock: &[] },
    all("machine", Class::Office),
    all("machine_history", Class::Server),
    all("note", Class::Evidence),
    all("office_act", Class::Server),
    all("old_part", Class::Evidence),
    all("part_line", Class::Evidence),
    all("person", Class::Office),
    all("photo", Class::Evidence),
    all("reading", Class::Evidence),
    all("receipt", Class::Server),
    all("sign_off", Class::Server),
    all("step", Class::Evidence),
    KindRule { kind: "van_stock", class: Class::Office, office: &[], stock: &["qty"] },
    KindRule { kind: "visit", class: Class::Technician, office: visit::OFFICE_FIELDS, stock: &[] },
    all("withdrawal", Class::Evidence),
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
    ///
    /// A field that was cleared (null) reads as one that was never set, whatever its type.
    fn from_fields(fields: &Fields) -> Result<Self, serde_json::Error> {
        let set = fields.iter().filter(|(_, value)| !value.is_null());
        Self::deserialize(MapDeserializer::new(set.map(|(name, value)| (name.as_str(), value))))
    }

    /// The fields as an op's `set`: members that are `None` are left out.
    fn to_fields(&self) -> Fields {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => Fields::new(),
        }
    }
}

pub mod campaign;
pub mod card;
pub mod charge;
pub mod countersign;
pub mod customer;
pub mod dataset;
pub mod exception;
pub mod fault;
pub mod job;
pub mod machine;
pub mod machine_history;
pub mod note;
pub mod office_act;
pub mod old_part;
pub mod part_line;
pub mod person;
pub mod photo;
pub mod reading;
pub mod receipt;
pub mod sign_off;
pub mod step;
pub mod van_stock;
pub mod visit;
pub mod withdrawal;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: serde_json::Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    /// Kind, and whether a record of it keeps fields of later versions and reads none as all absent.
    fn probe<R: Record + Default + PartialEq>() -> (&'static str, bool) {
        let later = fields(json!({"next_year": {"deep": [1, "二"]}}));
        let kept =
            R::from_fields(&later).is_ok_and(|record| record.to_fields()["next_year"] == later["next_year"]);
        let empty = R::from_fields(&Fields::new()).is_ok_and(|record| record == R::default());
        (R::KIND, kept && empty)
    }

    #[test]
    fn every_kind_has_its_struct_which_keeps_what_it_does_not_know() {
        let structs = [
            probe::<campaign::Campaign>(),
            probe::<card::Card>(),
            probe::<charge::Charge>(),
            probe::<countersign::Countersign>(),
            probe::<customer::Customer>(),
            probe::<dataset::Dataset>(),
            probe::<exception::Exception>(),
            probe::<fault::Fault>(),
            probe::<job::Job>(),
            probe::<machine::Machine>(),
            probe::<machine_history::MachineHistory>(),
            probe::<note::Note>(),
            probe::<office_act::OfficeAct>(),
            probe::<old_part::OldPart>(),
            probe::<part_line::PartLine>(),
            probe::<person::Person>(),
            probe::<photo::Photo>(),
            probe::<reading::Reading>(),
            probe::<receipt::Receipt>(),
            probe::<sign_off::SignOff>(),
            probe::<step::Step>(),
            probe::<van_stock::VanStock>(),
            probe::<visit::Visit>(),
            probe::<withdrawal::Withdrawal>(),
        ];
        assert_eq!(
            structs.map(|(kind, _)| kind).to_vec(),
            KINDS.iter().map(|rule| rule.kind).collect::<Vec<_>>()
        );
        assert_eq!(structs.into_iter().find(|(_, sound)| !sound), None);
    }

    #[test]
    fn a_cleared_field_reads_as_one_never_set() {
        let cleared = fields(json!({"place": null, "main": null, "codes": null}));
        assert_eq!(fault::Fault::from_fields(&cleared).unwrap(), fault::Fault::default());
    }

    #[test]
    fn every_office_field_is_a_field_of_its_kind() {
        for (office, source) in
            [(job::OFFICE_FIELDS, include_str!("job.rs")), (visit::OFFICE_FIELDS, include_str!("visit.rs"))]
        {
            for field in office {
                let named = source.contains(&format!("pub {field}:"))
                    || source.contains(&format!("rename = \"{field}\""));
                assert!(named, "{field}");
            }
        }
    }

    #[test]
    fn parts_of_a_record_keep_what_they_do_not_know_too() {
        let set = fields(json!({
            "codes": [{"fmi": 4, "lamp": "red", "spn": 100}],
            "phenomenon": "热车后动臂无力",
        }));
        assert_eq!(fault::Fault::from_fields(&set).unwrap().to_fields(), set);
    }

    #[test]
    fn a_field_of_the_wrong_shape_is_an_error() {
        assert!(photo::Photo::from_fields(&fields(json!({"sha256": "abc"}))).is_err());
        assert!(step::Step::from_fields(&fields(json!({"place": {"lat_e6": 1}}))).is_err());
        assert!(van_stock::VanStock::from_fields(&fields(json!({"qty": "3"}))).is_err());
    }

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
