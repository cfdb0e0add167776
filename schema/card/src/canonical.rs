//! RFC 8785 canonical JSON: the one spelling of every record in this crate.
//!
//! [`Canonical::to_bytes`] writes it and [`Canonical::parse`] accepts nothing else, so a record that was
//! read has exactly one byte string. Of RFC 8785 only what a card may hold is here: ASCII keys, integers,
//! NFC text; there are no floats to print. Strictness of the JSON itself: `fieldcard_schema::json`.

use fieldcard_schema::digest::to_hex;
use fieldcard_schema::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why bytes are not the record they should be, or why a record has no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// More bytes than such a record may have.
    #[error("{0} bytes are too many")]
    TooLarge(usize),
    /// Not strict JSON: duplicate key, float, byte order mark, text not in normal form C, …
    #[error("{0}")]
    NotStrict(String),
    /// Strict JSON, but not in its canonical spelling.
    #[error("not in canonical form")]
    NotCanonical,
    /// The version is newer than this code.
    #[error("written by a later version (format {0})")]
    TooNew(u64),
    /// A member is missing, unknown to this version, or of the wrong type.
    #[error("wrong shape: {0}")]
    WrongShape(String),
    /// Every member is well formed, but together they cannot be.
    #[error("contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// A record whose bytes are canonical JSON: written once, then stored, hashed and signed as they are.
///
/// A record has a member `v`; one with a higher `v` than [`Canonical::VERSION`] is told from rubbish.
pub trait Canonical: Serialize + DeserializeOwned {
    /// The format version this code writes, and the only one it reads.
    const VERSION: u64;
    /// Most bytes that such a record may have.
    const MAX_BYTES: usize;

    /// The rules between members that types alone do not hold.
    fn check(&self) -> Result<(), FormatError>;

    /// The bytes of this record; an error when it breaks a rule, so that nothing unreadable is signed.
    fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        self.check()?;
        let bytes = to_canonical(self)?;
        if bytes.len() > Self::MAX_BYTES { Err(FormatError::TooLarge(bytes.len())) } else { Ok(bytes) }
    }

    /// Reads a record from bytes of any origin.
    fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(FormatError::TooLarge(bytes.len()));
        }
        let value = json::parse(bytes).map_err(|e| FormatError::NotStrict(e.to_string()))?;
        refuse_later(&value, Self::VERSION)?;
        if canonical_bytes(&value)? != bytes {
            return Err(FormatError::NotCanonical);
        }
        let record: Self = read_exact(value)?;
        record.check()?;
        Ok(record)
    }
}

/// Whether `value` says, by its `v`, that it is of a version after `newest`.
pub fn refuse_later(value: &Value, newest: u64) -> Result<(), FormatError> {
    match value.get("v").and_then(Value::as_u64) {
        Some(v) if v > newest => Err(FormatError::TooNew(v)),
        _ => Ok(()),
    }
}

/// Reads `value` as a `T` that says neither more nor less than `value` does.
///
/// serde takes an absent member for null, a list for a struct and five spellings for a UUID; comparing
/// with what `T` writes refuses them all.
pub fn read_exact<T: Serialize + DeserializeOwned>(value: Value) -> Result<T, FormatError> {
    let said = canonical_bytes(&value)?;
    let record: T = serde_json::from_value(value).map_err(|e| FormatError::WrongShape(e.to_string()))?;
    if to_canonical(&record)? == said {
        Ok(record)
    } else {
        Err(FormatError::WrongShape("a member is missing or oddly spelt".into()))
    }
}

/// Canonical bytes of anything that serialises to strict JSON.
pub fn to_canonical<T: Serialize>(record: &T) -> Result<Vec<u8>, FormatError> {
    let value = serde_json::to_value(record).map_err(|e| FormatError::WrongShape(e.to_string()))?;
    json::check(&value).map_err(|e| FormatError::NotStrict(e.to_string()))?;
    canonical_bytes(&value)
}

/// Canonical bytes of a value that is already known to be strict.
fn canonical_bytes(value: &Value) -> Result<Vec<u8>, FormatError> {
    let mut out = String::new();
    write_value(value, &mut out)?;
    Ok(out.into_bytes())
}

fn write_value(value: &Value, out: &mut String) -> Result<(), FormatError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_text(text, out),
        Value::Array(list) => {
            for (i, item) in list.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                write_value(item, out)?;
            }
            out.push_str(if list.is_empty() { "[]" } else { "]" });
        }
        Value::Object(map) => {
            // RFC 8785 sorts by UTF-16 unit; for ASCII that is the order of bytes.
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| key.as_bytes());
            for (i, (key, member)) in members.iter().enumerate() {
                if !key.is_ascii() {
                    return Err(FormatError::WrongShape("a key is not ASCII".into()));
                }
                out.push(if i == 0 { '{' } else { ',' });
                write_text(key, out);
                out.push(':');
                write_value(member, out)?;
            }
            out.push_str(if map.is_empty() { "{}" } else { "}" });
        }
    }
    Ok(())
}

/// RFC 8785, section 3.2.2.2: seven short escapes, `\u00xx` for other controls, all else as it is.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                out.push_str("\\u00");
                out.push_str(&to_hex(&[control as u8]));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let value = json::parse(text.as_bytes()).unwrap();
        String::from_utf8(canonical_bytes(&value).unwrap()).unwrap()
    }

    #[test]
    fn keys_are_sorted_and_space_is_gone() {
        let text = r#"{ "b" : [ ], "a": {"d":{},"B":[1 , -2]} , "a1":null, "_":true }"#;
        assert_eq!(canonical(text), r#"{"_":true,"a":{"B":[1,-2],"d":{}},"a1":null,"b":[]}"#);
    }

    #[test]
    fn text_is_escaped_as_rfc_8785_says() {
        // The string of RFC 8785, section 3.2.3 ("€$\u000F\nA'B\"\\\\\"/"), and DEL, which is not escaped.
        let text = "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\\u007f\\b\\f\\t\\r\"";
        assert_eq!(canonical(text), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\\b\\f\\t\\r\"");
    }

    #[test]
    fn a_key_that_is_not_ascii_has_no_canonical_form() {
        assert!(canonical_bytes(&serde_json::json!({"油": 1})).is_err());
    }

    #[test]
    fn serde_leniency_is_not_ours() {
        #[derive(Debug, Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Small {
            a: Option<u8>,
        }
        assert!(read_exact::<Small>(serde_json::json!({"a": null})).is_ok());
        for odd in [serde_json::json!({}), serde_json::json!([1]), serde_json::json!({"a": 1, "b": 2})] {
            assert!(read_exact::<Small>(odd.clone()).is_err(), "{odd}");
        }
    }
}
