//! Fault codes as people write them, `SPN 100 FMI 4` or `100/4` or `E12`, and as records hold them.

use fieldcard_schema::record::fault::Dtc;

/// The codes in a text: one a line, or parted by commas.
pub fn parse(text: &str) -> Vec<Dtc> {
    let parts = text.split([',', ';', '\n', '，', '；', '、']);
    parts.map(str::trim).filter(|part| !part.is_empty()).map(code).collect()
}

fn code(text: &str) -> Dtc {
    let plain = text.to_uppercase().replace("SPN", " ").replace("FMI", " ");
    let numbers: Vec<&str> = plain.split([' ', '/', '-', ':']).filter(|part| !part.is_empty()).collect();
    let read = |text: &str| text.parse::<i64>().ok().filter(|n| (0..1 << 31).contains(n));
    match numbers.as_slice() {
        [spn, fmi] => match (read(spn), read(fmi)) {
            (Some(spn), Some(fmi)) if fmi < 32 => Dtc { spn: Some(spn), fmi: Some(fmi), ..Dtc::default() },
            _ => as_shown(text),
        },
        _ => as_shown(text),
    }
}

fn as_shown(text: &str) -> Dtc {
    Dtc { text: Some(text.to_owned()), ..Dtc::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spn_and_fmi_are_read_in_every_spelling() {
        let one = Dtc { spn: Some(100), fmi: Some(4), ..Dtc::default() };
        for text in ["SPN 100 FMI 4", "spn100/fmi4", "100/4", "100-4", "SPN:100 FMI:4"] {
            assert_eq!(parse(text), std::slice::from_ref(&one), "{text}");
        }
    }

    #[test]
    fn what_is_no_spn_stays_as_it_was_typed() {
        let texts = |text: &str| parse(text).into_iter().map(|dtc| dtc.text.unwrap()).collect::<Vec<_>>();
        assert_eq!(texts("E12，液压油温高\n100/99"), ["E12", "液压油温高", "100/99"]);
        assert!(parse(" , ").is_empty());
    }
}
