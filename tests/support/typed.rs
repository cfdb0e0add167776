//! What a script types into a device, and whether the office has it: every text and number, word for word.
//!
//! The office's side is `fieldcard-server export` and the bytes of its cards; nothing is read from the device, which
//! could have lost on the way in what was typed. Photos are not looked at here: a device shrinks them.

use std::collections::BTreeSet;

use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::machine::Machine;
use serde_json::Value;

use crate::AnyError;
use crate::server::Server;

/// Members of a request in which a person's own words and numbers stand; ids, codes and ink stand in others.
const TYPED: [&str; 14] = [
    "contact", "customer", "label", "model", "name", "number", "phone", "place", "quantity", "report",
    "serial", "text", "value", "words",
];

/// What a person typed into one request.
pub fn typed(request: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(request, &mut |name, text| {
        if TYPED.contains(&name) && !text.is_empty() {
            found.push(text.to_owned());
        }
    });
    found
}

/// Fewest symbols by which a technician names a machine.
const TAIL_MIN: usize = 5;

/// Every text that the office holds, of every op whatever its outcome and of every card.
pub struct Held {
    texts: BTreeSet<String>,
    serials: Vec<String>,
}

impl Held {
    /// Whether a typed text is there; the end of a serial number was typed to name the machine that has it.
    pub fn has(&self, text: &str) -> bool {
        let names = || text.len() >= TAIL_MIN && self.serials.iter().any(|serial| serial.ends_with(text));
        self.texts.contains(text) || names()
    }
}

/// Reads what the office holds.
pub fn held(server: &Server) -> Result<Held, AnyError> {
    let (mut texts, mut serials) = (BTreeSet::new(), Vec::new());
    let mut take = |value: &Value| {
        walk(value, &mut |_, text| {
            texts.insert(text.to_owned());
        });
    };
    for op in server.ops()? {
        take(&op["set"]);
        serials
            .extend(op["set"]["serial"].as_str().filter(|_| op["kind"] == Machine::KIND).map(str::to_owned));
        if op["kind"] == Card::KIND {
            let sha256 = op["set"]["sha256"].as_str().unwrap_or_default().parse()?;
            let bytes = server.blob(sha256).ok_or("the office lacks the bytes of a card")?;
            take(&serde_json::from_slice(&bytes)?);
        }
    }
    Ok(Held { texts, serials })
}

/// Every text in a document, with the name of the member it stands in.
fn walk(value: &Value, found: &mut impl FnMut(&str, &str)) {
    fn under(name: &str, value: &Value, found: &mut impl FnMut(&str, &str)) {
        match value {
            Value::String(text) => found(name, text),
            Value::Array(values) => values.iter().for_each(|value| under(name, value, found)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| under(name, value, found)),
            _ => {}
        }
    }
    under("", value, found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_person_types_is_told_from_what_the_app_says() {
        let request = json!({"type": "sign_off.confirm", "visit": "0192f0c1", "how": "signed", "strokes": "x",
            "words": "修得快", "signer": {"name": "许建军", "role": "operator"}, "reason": ""});
        assert_eq!(typed(&request), ["许建军", "修得快"]);
    }

    #[test]
    fn what_the_office_lacks_or_holds_otherwise_is_lost() {
        let held =
            Held { texts: ["修得快".to_owned()].into(), serials: vec!["HCE215·22C·00417".to_owned()] };
        let lost = ["修得快", "修得快 ", "00417", "417", "00418"].map(|text| !held.has(text));
        assert_eq!(lost, [false, true, false, true, true]);
    }
}
