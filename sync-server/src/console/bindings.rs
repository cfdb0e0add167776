//! Writes the shapes of the console's calls for TypeScript: every answer, request and code.
//!
//! `FIELDCARD_WRITE_BINDINGS=1 cargo test -p fieldcard-server bindings` writes the file; the same test
//! without it fails when the file is stale. What the technician's screens name already is imported from
//! their file, so that a code has one list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fieldcard_schema::rules::lists;
use ts_rs::{Config, TS, TypeVisitor};

use super::{card, devices, exceptions, history, intake, job, job_list, machines, people, session, value};

const HEAD: &str = "\
// Owns the shapes of the console's calls: every answer, every request, every code.
// Never edited by hand: generated from the Rust structs by sync-server/src/console/bindings.rs.
// `| null` = Option in an answer, `?` = Option in a request. Decimals are strings, digests hex, ids opaque strings.
";

/// What the technician's screens name too.
const SHARED: &[&str] = &[
    "Authority",
    "CardKind",
    "ChargeCode",
    "ContactRole",
    "Day",
    "Decimal",
    "Disposition",
    "Facts",
    "Id",
    "IssueCode",
    "JobStatus",
    "JobType",
    "MeterKind",
    "NoMeterReason",
    "NotRepairedReason",
    "OneSidedReason",
    "PartSource",
    "Payer",
    "PhotoPhase",
    "Priority",
    "ReassignReason",
    "ServiceMode",
    "SignHow",
    "Unit",
    "VisitStatus",
    "WaitReason",
];

/// Types whose words are a list of the schema.
const LISTS: &[(&str, &[&str])] = &[
    ("CustomerKind", &["customer_kinds"]),
    ("OfficeAct", &["office_acts"]),
    ("Role", &["roles"]),
    ("StepCode", &["job_steps", "visit_steps"]),
    ("UseClass", &["use_classes"]),
];

/// Types that are plain in JSON, or whose words stand in an enum elsewhere; a test holds those.
const PLAIN: &[(&str, &str, &str)] = &[
    ("Ms", "number", "UTC milliseconds."),
    ("Digest", "string", "SHA-256, hex."),
    ("OpAct", "\"create\" | \"set\" | \"add\" | \"amend\" | \"void\"", "What an op does."),
    ("OpOutcome", "\"applied\" | \"merged\" | \"conflict\" | \"parked\"", "How an op ended."),
    (
        "FindingCode",
        "\"seal\" | \"card\" | \"pin\" | \"org_key\" | \"device_key\" | \"checkpoint\" | \"receipt\" | \"time\" \
         | \"amended\" | \"chain\" | \"endorsement\" | \"attachment\" | \"slot\"",
        "What a check of a card is about.",
    ),
    ("FindingOutcome", "\"held\" | \"note\" | \"missing\" | \"failed\"", "How a check went."),
];

/// The file's text.
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut found = Found { config: &config, types: BTreeMap::new() };
    answers(&mut found);
    requests(&mut found);
    let mut body = String::new();
    for (name, shape, about) in PLAIN {
        let _ = write!(body, "\n/** {about} */\nexport type {name} = {shape};\n");
    }
    for (name, of) in LISTS {
        let entries = of.iter().flat_map(|list| lists::list(list));
        let words: BTreeSet<&str> = entries.map(|entry| entry.code.as_str()).collect();
        let union: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let _ = write!(body, "\nexport type {name} = {};\n", union.join(" | "));
    }
    for declared in found.types.values() {
        let _ = write!(body, "\n{declared}\n");
    }
    let shared: String = SHARED.iter().fold(String::new(), |text, name| text + "  " + name + ",\n");
    let text = format!("{HEAD}import type {{\n{shared}}} from \"./bindings\";\n{body}");
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn answers(found: &mut Found<'_>) {
    found.visit::<session::Me>();
    found.visit::<value::Done>();
    found.visit::<job_list::JobsView>();
    found.visit::<intake::JobMade>();
    found.visit::<job::JobView>();
    found.visit::<card::CardView>();
    found.visit::<history::HistoryView>();
    found.visit::<machines::CustomersView>();
    found.visit::<machines::MachinesView>();
    found.visit::<exceptions::ExceptionsView>();
    found.visit::<devices::DevicesView>();
    found.visit::<devices::EnrolCodeView>();
    found.visit::<people::UsersView>();
    found.visit::<people::UserMade>();
    found.visit::<people::PasswordMade>();
}

fn requests(found: &mut Found<'_>) {
    found.visit::<session::LoginRequest>();
    found.visit::<session::ChangePasswordRequest>();
    found.visit::<job_list::JobsQuery>();
    found.visit::<intake::CreateJobRequest>();
    found.visit::<exceptions::DecideRequest>();
    found.visit::<intake::AssignRequest>();
    found.visit::<intake::CancelRequest>();
    found.visit::<machines::LookUpQuery>();
    found.visit::<history::HistoryQuery>();
    found.visit::<devices::EnrolCodeRequest>();
    found.visit::<devices::ConfirmRequest>();
    found.visit::<people::AddUserRequest>();
    found.visit::<people::RolesRequest>();
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

    use fieldcard_card::verify;
    use fieldcard_schema::merge::Outcome;
    use fieldcard_schema::op::Act;
    use serde::de::DeserializeOwned;

    use super::*;

    fn ui() -> PathBuf {
        // Asked for at run time: two checkouts that share a target folder share this binary.
        let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test");
        PathBuf::from(own).join("../ui")
    }

    #[test]
    fn bindings_are_not_stale() {
        let file = ui().join("src/lib/api/office.ts");
        if std::env::var_os("FIELDCARD_WRITE_BINDINGS").is_some() {
            std::fs::write(&file, typescript()).unwrap();
        }
        if ui().exists() {
            let stands = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                stands == typescript(),
                "stale: FIELDCARD_WRITE_BINDINGS=1 cargo test -p fieldcard-server bindings"
            );
        }
    }

    #[test]
    fn what_is_imported_stands_in_the_other_file_and_is_named_here() {
        let theirs = std::fs::read_to_string(ui().join("src/lib/api/bindings.ts")).unwrap_or_default();
        let text = typescript();
        let (_, ours) = text.split_once("\"./bindings\";").unwrap();
        let words: BTreeSet<&str> = ours.split(|c: char| !c.is_alphanumeric()).collect();
        for name in SHARED {
            assert!(theirs.contains(&format!("export type {name} =")), "{name} is declared nowhere");
            assert!(words.contains(name), "{name} is imported for nothing");
        }
    }

    fn words(of: &str) -> Vec<String> {
        let (_, shape, _) = PLAIN.iter().find(|(name, ..)| *name == of).unwrap();
        shape.split('|').map(|word| word.trim().trim_matches('"').to_owned()).collect()
    }

    fn reads<T: DeserializeOwned>(of: &str) {
        for word in words(of) {
            assert!(serde_json::from_value::<T>(word.as_str().into()).is_ok(), "{of}: {word}");
        }
    }

    #[test]
    fn words_of_enums_are_those_of_the_enums() {
        reads::<Act>("OpAct");
        reads::<Outcome>("OpOutcome");
        let last = |of: &str| words(of).pop().unwrap();
        assert_eq!(serde_json::to_value(verify::Code::Slot).unwrap(), last("FindingCode").as_str());
        assert_eq!(words("FindingCode").len(), verify::Code::Slot as usize + 1);
        assert_eq!(serde_json::to_value(verify::Outcome::Failed).unwrap(), last("FindingOutcome").as_str());
        assert_eq!(words("FindingOutcome").len(), verify::Outcome::Failed as usize + 1);
    }
}
