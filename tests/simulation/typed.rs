//! What a person typed into one request.

use serde_json::Value;

/// Members of a request in which a person's own words and numbers stand; ids, codes and ink stand in others.
const TYPED: [&str; 14] = [
    "contact", "customer", "label", "model", "name", "number", "phone", "place", "quantity", "report",
    "serial", "text", "value", "words",
];

/// Every text that was typed, in no order.
pub(super) fn typed(request: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", request, &mut found);
    found
}

fn walk(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if TYPED.contains(&name) && !text.is_empty() => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| walk(name, value, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(name, value, found)),
        _ => {}
    }
}
