//! Strict JSON: what may stand in an op or a card.
//!
//! No duplicate keys, no floats, integers within ± 2⁵³, NFC text, at most [`MAX_DEPTH`] levels. Read
//! [`parse`] for bytes from outside; `serde_json` alone would accept all of these silently.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Fields of a record or an op: name → value, in the order of the names.
pub type Fields = Map<String, Value>;

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 16;

/// Largest integer that every JSON reader holds exactly: 2⁵³.
pub const MAX_INTEGER: i64 = 1 << 53;

/// Why a text is not strict JSON. The message names the place, never the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not strict JSON: {0}")]
pub struct NotStrict(pub String);

/// A value as the text it came in: passed on and compared, and read only by who needs it.
///
/// A [`Value`] can be made of it: a text that only looks like JSON is refused where it comes in.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Written(Box<RawValue>);

impl Written {
    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl From<&RawValue> for Written {
    fn from(text: &RawValue) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        if !is_plain(text.get().as_bytes()) {
            serde_json::from_str::<Value>(text.get()).map_err(D::Error::custom)?;
        }
        Ok(Self(text))
    }
}

/// Digits of an integer that every reader takes.
const PLAIN_DIGITS: usize = 18;

/// Whether a text that the parser skipped over is a whole value beyond doubt. Skipping looks neither into
/// escapes, nor at how large a number is, nor at how deep things are nested.
fn is_plain(text: &[u8]) -> bool {
    match text.first() {
        Some(b'"') => !text.contains(&b'\\'),
        Some(b'-' | b'0'..=b'9') => text.len() <= PLAIN_DIGITS && text[1..].iter().all(u8::is_ascii_digit),
        Some(b'[' | b'{') | None => false,
        Some(_) => true,
    }
}

/// Reads one strict JSON value that fills all of `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Value, NotStrict> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(MAX_DEPTH).deserialize(&mut reader).map_err(|e| NotStrict(e.to_string()))?;
    reader.end().map_err(|e| NotStrict(e.to_string()))?;
    Ok(value)
}

/// Checks a value that was built here by the same rules as [`parse`].
pub fn check(value: &Value) -> Result<(), NotStrict> {
    check_at(value, MAX_DEPTH)
}

/// `text` in normal form C: the one spelling that is stored and hashed.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

fn check_at(value: &Value, depth: usize) -> Result<(), NotStrict> {
    let inner = || depth.checked_sub(1).ok_or_else(|| NotStrict(TOO_DEEP.into()));
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => integer(number.as_i64()).map(drop).map_err(|e| NotStrict(e.into())),
        Value::String(text) => normal(text).map_err(|e| NotStrict(e.into())),
        Value::Array(list) => {
            let depth = inner()?;
            list.iter().try_for_each(|v| check_at(v, depth))
        }
        Value::Object(map) => {
            let depth = inner()?;
            map.iter().try_for_each(|(k, v)| {
                normal(k).map_err(|e| NotStrict(e.into()))?;
                check_at(v, depth)
            })
        }
    }
}

const TOO_DEEP: &str = "nested too deeply";

fn integer(number: Option<i64>) -> Result<Number, &'static str> {
    match number {
        Some(n) if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) => Ok(n.into()),
        _ => Err("a number is not an integer within 2^53"),
    }
}

fn normal(text: &str) -> Result<(), &'static str> {
    if is_nfc(text) { Ok(()) } else { Err("a text is not in normal form C") }
}

/// Reads a value with so many levels left.
struct Strict(usize);

impl Strict {
    fn inner<E: Error>(&self) -> Result<usize, E> {
        self.0.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        integer(Some(value)).map(Value::Number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        integer(i64::try_from(value).ok()).map(Value::Number).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        integer(None).map(Value::Number).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        normal(text).map_err(E::custom)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let depth = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Strict(depth))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let depth = self.inner()?;
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            normal(&key).map_err(A::Error::custom)?;
            let value = map.next_value_seed(Strict(depth))?;
            if fields.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_strict_is_read() {
        let text = r#"{"a":null,"b":[true,-9007199254740992,"油泵 ✓"],"c":{"d":{}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_not_strict_is_refused() {
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        let cases = [
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"b":2,"a":3}}"#,
            "1.0",
            "1e3",
            "-0.5",
            "9007199254740993",
            "18446744073709551615",
            "\"e\u{301}\"",
            "{\"e\u{301}\":1}",
            "1 2",
            "",
            "nul",
            "NaN",
            "[1,]",
            "\u{feff}1",
            deep.as_str(),
        ];
        for case in cases {
            assert!(parse(case.as_bytes()).is_err(), "{case}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse(r#""\ud800""#.as_bytes()).is_err());
    }

    #[test]
    fn what_is_passed_on_as_text_can_be_read() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for bad in [r#""\ud800""#, "1e999", "{\"a\":1", deep.as_str()] {
            assert!(serde_json::from_str::<Written>(bad).is_err(), "{bad}");
        }
        for good in [r#""油\n\ud83d\ude00""#, "-0", "1.5", "12345678901234567890", "null", "[{\"a\":[]}]"] {
            let written: Written = serde_json::from_str(good).unwrap();
            assert_eq!(written.text(), good);
            assert!(serde_json::from_str::<Value>(good).is_ok());
        }
    }

    #[test]
    fn check_refuses_what_parse_refuses() {
        for bad in [serde_json::json!(1.5), serde_json::json!(["e\u{301}"]), serde_json::json!(u64::MAX)] {
            assert!(check(&bad).is_err(), "{bad}");
        }
        assert_eq!(nfc("e\u{301}"), "\u{e9}");
        assert!(check(&serde_json::json!({"k": nfc("e\u{301}")})).is_ok());
    }
}
