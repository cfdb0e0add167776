//! Writes the shapes that cross between core and screens for TypeScript: every view, request and code.
//!
//! `FIELDCARD_WRITE_BINDINGS=1 cargo test -p fieldcard-core bindings` writes the file; the same test without
//! it fails when the file is stale. Codes come from the lists of the schema, so that a screen which lacks a
//! label for one does not compile.

use std::collections::BTreeMap;
use std::fmt::Write;

use fieldcard_schema::rules::lists;
use ts_rs::{Config, TS, TypeVisitor};

use crate::actions::{Done, Request};
use crate::error::ActionError;
use crate::views::Query;
use crate::views::queries::Views;

const HEAD: &str = "\
// Owns the shapes that cross between core and screens: every view, every request, every code.
// Never edited by hand: generated from the Rust structs by src-tauri/core/src/bindings.rs.
// `| null` = Option in a view, `?` = Option in a request. Decimals are strings, digests hex, ids opaque strings.
";

/// Types that are plain in JSON and only named here.
const PLAIN: &[(&str, &str, &str)] = &[
    ("Id", "string", "A record, opaque."),
    ("Decimal", "string", "Digits, at most one point: `1846.5`."),
    ("Day", "string", "A calendar day, `2026-11-28`."),
    ("Facts", "{ [key: string]: string }", "What a sentence needs beside its code."),
    ("CardKind", "\"interim\" | \"final\"", "阶段卡 · 完工卡."),
];

/// Types whose words are a list of the schema.
const LISTS: &[(&str, &str)] = &[
    ("AbsentReason", "absence_reasons"),
    ("Authority", "authorities"),
    ("ChargeCode", "charge_codes"),
    ("ContactRole", "contact_roles"),
    ("Disposition", "dispositions"),
    ("JobStatus", "job_states"),
    ("JobType", "job_types"),
    ("MeterKind", "meters"),
    ("MeterReplacementReason", "meter_replacement_reasons"),
    ("MissingCode", "requirements"),
    ("MissingDegree", "degrees"),
    ("NoMeterReason", "no_meter_reasons"),
    ("NotRepairedReason", "cannot_complete_reasons"),
    ("OneSidedReason", "one_sided_reasons"),
    ("PartSource", "part_sources"),
    ("Payer", "payers"),
    ("PhotoPhase", "photo_phases"),
    ("Priority", "priorities"),
    ("ReassignReason", "reassignment_reasons"),
    ("RefuseReason", "refusal_reasons"),
    ("ServiceMode", "modes"),
    ("SignHow", "card_hows"),
    ("Unit", "units"),
    ("VisitStatus", "visit_states"),
    ("WaitReason", "waiting_reasons"),
];

/// `merge::Why`, which has no list: its sentences belong to the screens.
const WHY: &[&str] = &[
    "clash",
    "late",
    "impossible",
    "proposal",
    "not_yours",
    "invalid",
    "id_taken",
    "too_new",
    "unknown_record",
    "incomplete_group",
    "op_id_taken",
    "revoked",
    "recovered",
];

/// The file's text.
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut found = Found { config: &config, types: BTreeMap::new() };
    found.visit::<ActionError>();
    found.visit::<Done>();
    found.visit::<Query>();
    found.visit::<Request>();
    found.visit::<Views>();
    let mut text = HEAD.to_owned();
    for (name, shape, about) in PLAIN {
        let _ = write!(text, "\n/** {about} */\nexport type {name} = {shape};\n");
    }
    for (name, list) in LISTS {
        let words: Vec<&str> = lists::list(list).iter().map(|entry| entry.code.as_str()).collect();
        let _ = write!(text, "\nexport type {name} = {};\n", union(&words));
    }
    let _ = write!(text, "\nexport type IssueCode = {};\n", union(WHY));
    for declared in found.types.values() {
        let _ = write!(text, "\n{declared}\n");
    }
    // One member of a union a line, and no white space at the end of one: this file is read in reviews.
    let text = text.replace(" | { ", "\n  | { ");
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn union(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" | ")
}

/// Declarations by name, of a type and all that it names.
struct Found<'a> {
    config: &'a Config,
    types: BTreeMap<String, String>,
}

impl TypeVisitor for Found<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            let name = T::ident(self.config);
            if self.types.contains_key(&name) {
                return;
            }
            let about = T::docs().unwrap_or_default();
            self.types.insert(name, format!("{about}export {}", T::decl(self.config)));
        }
        T::visit_dependencies(self);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fieldcard_schema::merge::Why;

    use super::*;

    fn ui() -> PathBuf {
        // Asked for at run time: two checkouts that share a target folder share this binary.
        let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test");
        PathBuf::from(own).join("../../ui")
    }

    #[test]
    fn bindings_are_not_stale() {
        let file = ui().join("src/lib/api/bindings.ts");
        if std::env::var_os("FIELDCARD_WRITE_BINDINGS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, typescript()).unwrap();
        }
        if ui().exists() {
            let stands = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                stands == typescript(),
                "stale: FIELDCARD_WRITE_BINDINGS=1 cargo test -p fieldcard-core bindings"
            );
        }
    }

    #[test]
    fn every_type_that_is_named_is_declared_once() {
        let text = typescript();
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("export type "))
            .filter_map(|rest| rest.split([' ', '<']).next())
            .collect();
        let words = regex_words(&text);
        for word in words {
            assert_eq!(names.iter().filter(|name| **name == word).count(), 1, "{word}");
        }
        assert_eq!(names.len(), names.iter().collect::<std::collections::BTreeSet<_>>().len());
    }

    /// Names of types outside of comments and strings: words with a capital.
    fn regex_words(text: &str) -> std::collections::BTreeSet<&str> {
        let code = text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
        let unquoted = code.flat_map(|line| line.split('"').step_by(2));
        let plain = unquoted.flat_map(|part| {
            part.split("/**").enumerate().map(|(at, part)| {
                if at == 0 { part } else { part.split_once("*/").map_or("", |(_, rest)| rest) }
            })
        });
        plain
            .flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .filter(|word| {
                word.starts_with(|c: char| c.is_ascii_uppercase()) && !["Array", "Record"].contains(word)
            })
            .collect()
    }

    #[test]
    fn what_a_request_may_leave_out_is_marked_so() {
        let config = Config::new();
        let mut found = Found { config: &config, types: BTreeMap::new() };
        found.visit::<Request>();
        for (name, declared) in &found.types {
            assert!(!declared.contains("| null"), "{name}: an Option of a request is `?`");
        }
        for (name, member) in
            [("SetFault", "fault?: Id"), ("PhotoFinish", "of?: Id"), ("OpenVisit", "planned?: Day")]
        {
            assert!(found.types[name].contains(member), "{name}");
        }
    }

    #[test]
    fn every_list_is_there_and_every_why_is_told() {
        for (name, list) in LISTS {
            assert!(!lists::list(list).is_empty(), "{name}");
        }
        for word in WHY {
            assert!(serde_json::from_value::<Why>((*word).into()).is_ok(), "{word}");
        }
        let last = serde_json::to_value(Why::Recovered).unwrap();
        assert_eq!((WHY.len(), WHY.last().copied()), (Why::Recovered as usize + 1, last.as_str()));
    }
}
