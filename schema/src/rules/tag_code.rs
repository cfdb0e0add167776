//! The tag code of an old part (旧件标签): short enough to write by hand, and telling when it was misread.
//!
//! Device prefix (4 symbols), counter (3, growing), check symbol: `7K3P 9QFB`. Unique with no network, since
//! no two devices share a prefix and a device never counts back; who gives out prefixes and keeps the counter
//! is not decided here.
//!
//! Symbols are Crockford's base 32 (digits and letters without I, L, O, U). They are the elements of
//! GF(32) = GF(2)\[x\]/(x⁵ + x² + 1), symbol 2 being x, a generator. In a code s(n) … s(1) s(0) whose s(0) is
//! the check symbol
//!
//! ```text
//! Σ xⁱ · s(i) = 0
//! ```
//!
//! A wrong symbol changes the sum by xⁱ·d ≠ 0. Swapped neighbours change it by (xⁱ⁺¹ + xⁱ)·d ≠ 0, since x ≠ 1.
//! So both are always caught, wherever they happen, the check symbol included.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The symbols, by value. I and L are read as 1, O as 0; U is none.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a prefix, and the fewest of a counter.
const PREFIX_LEN: usize = 4;
const COUNTER_LEN: usize = 3;
/// Most symbols of a counter: 32 bits and the rest of the last symbol.
const COUNTER_LEN_MAX: usize = 7;

/// Why a text is not a tag code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Fewer or more symbols than a code has.
    #[error("{0} symbols")]
    Length(usize),
    /// A character that is no symbol.
    #[error("{0:?} is no symbol")]
    Symbol(char),
    /// Misread or miswritten: the check symbol does not agree.
    #[error("the check symbol does not agree")]
    Check,
    /// A counter with zeros before it, or too large: nobody made this.
    #[error("no device makes such a code")]
    Counter,
}

/// The prefix given out first, `7K3P`, and the odd step from each to the next.
const FIRST: u32 = 248_950;
/// See [`FIRST`].
const STRIDE: u32 = 665_927;

/// What one incarnation of a device puts before its counter: 20 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix(u32);

impl Prefix {
    /// How many prefixes there are.
    pub const COUNT: u32 = 1 << (5 * PREFIX_LEN);

    /// Prefix number `number`; `None` from [`Self::COUNT`] on.
    pub fn new(number: u32) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// The prefix that is given out as number `number`; `None` from [`Self::COUNT`] on. Every one comes once,
    /// and neighbours look nothing alike: nobody takes the tag of one phone for that of another.
    pub fn given(number: u32) -> Option<Self> {
        Self::new(number)?;
        Self::new(number.wrapping_mul(STRIDE).wrapping_add(FIRST) % Self::COUNT)
    }

    /// The prefix that these four symbols are, read as [`parse`] reads them.
    pub fn read(text: &str) -> Result<Self, TagError> {
        let values = values(text)?;
        let whole = (values.len() == PREFIX_LEN).then(|| number(&values));
        whole.and_then(|n| u32::try_from(n).ok()).and_then(Self::new).ok_or(TagError::Length(values.len()))
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// The tag code of one old part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagCode {
    /// The incarnation that made it.
    pub prefix: Prefix,
    /// How many that prefix had made before it.
    pub counter: u32,
}

/// The code number `counter` of `prefix`.
pub fn make(prefix: Prefix, counter: u32) -> TagCode {
    TagCode { prefix, counter }
}

/// Reads a code as people write it: any case, with spaces and hyphens, I and L for 1, O for 0.
pub fn parse(text: &str) -> Result<TagCode, TagError> {
    let values = values(text)?;
    let (prefix, rest) = values.split_at_checked(PREFIX_LEN).ok_or(TagError::Length(values.len()))?;
    let (check, counter) = rest.split_last().ok_or(TagError::Length(values.len()))?;
    if !(COUNTER_LEN..=COUNTER_LEN_MAX).contains(&counter.len()) {
        return Err(TagError::Length(values.len()));
    }
    if check_value(&values[..values.len() - 1]) != *check {
        return Err(TagError::Check);
    }
    if counter.len() > COUNTER_LEN && counter[0] == 0 {
        return Err(TagError::Counter);
    }
    let counter = u32::try_from(number(counter)).map_err(|_| TagError::Counter)?;
    let prefix = u32::try_from(number(prefix)).ok().and_then(Prefix::new).ok_or(TagError::Counter)?;
    Ok(TagCode { prefix, counter })
}

impl TagCode {
    /// The code without spaces: what records, labels and QR codes hold.
    pub fn text(self) -> String {
        let mut values = digits(self.prefix.0, PREFIX_LEN);
        values.extend(digits(self.counter, COUNTER_LEN));
        values.push(check_value(&values));
        values.into_iter().map(|value| char::from(SYMBOLS[usize::from(value)])).collect()
    }
}

/// In groups of four, for reading: `7K3P 9QFB`.
impl fmt::Display for TagCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, symbol) in self.text().chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{symbol}")?;
        }
        Ok(())
    }
}

impl FromStr for TagCode {
    type Err = TagError;
    fn from_str(text: &str) -> Result<Self, TagError> {
        parse(text)
    }
}

impl Serialize for TagCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for TagCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn values(text: &str) -> Result<Vec<u8>, TagError> {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(value).collect()
}

fn value(symbol: char) -> Result<u8, TagError> {
    let plain = match symbol.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    let at = SYMBOLS.iter().position(|s| char::from(*s) == plain);
    at.and_then(|at| u8::try_from(at).ok()).ok_or(TagError::Symbol(symbol))
}

/// `number` in base 32, with zeros before it up to `width`.
fn digits(number: u32, width: usize) -> Vec<u8> {
    let count = (1..=COUNTER_LEN_MAX).find(|n| u64::from(number) < 1 << (5 * n)).unwrap_or(COUNTER_LEN_MAX);
    (0..count.max(width)).rev().map(|place| (u64::from(number) >> (5 * place) & 31) as u8).collect()
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number << 5 | u64::from(*digit))
}

/// The check symbol behind `values`: Σ xⁱ · s(i), the last of them being s(1).
fn check_value(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_x(sum ^ value))
}

/// `value` · x in GF(32).
fn times_x(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_given_once_and_neighbours_differ() {
        let text = |n| make(Prefix::given(n).unwrap(), 0).text()[..PREFIX_LEN].to_owned();
        assert_eq!(text(0), "7K3P");
        let mut seen = vec![false; Prefix::COUNT as usize];
        for number in 0..Prefix::COUNT {
            let place = &mut seen[Prefix::given(number).unwrap().number() as usize];
            assert!(!std::mem::replace(place, true), "{number}");
        }
        assert_eq!(Prefix::given(Prefix::COUNT), None);
        for number in 0..1_000 {
            let (one, next) = (text(number), text(number + 1));
            let alike = one.chars().zip(next.chars()).filter(|(a, b)| a == b).count();
            assert!(alike <= 1, "{one} {next}");
        }
    }

    fn code(prefix: u32, counter: u32) -> TagCode {
        make(Prefix::new(prefix).unwrap(), counter)
    }

    /// Codes of all lengths: the ends of each, and some hundred in between.
    fn many() -> Vec<TagCode> {
        let counters =
            [0, 1, 31, 32, 1023, 32_767, 32_768, 1_048_575, 1_048_576, 1 << 25, u32::MAX - 1, u32::MAX];
        let strewn = (0..400_u32).map(|n| {
            let mixed = n.wrapping_mul(2_654_435_761);
            code(mixed % Prefix::COUNT, mixed.rotate_left(13) >> (n % 32))
        });
        let ends = [0, 1, Prefix::COUNT - 1].into_iter().flat_map(|p| counters.map(|c| code(p, c)));
        ends.chain(strewn).collect()
    }

    #[test]
    fn codes_have_their_golden_values() {
        // Worked out apart from this code, as Σ xⁱ·s(i) with a full product in GF(32).
        for (prefix, counter, text) in GOLDEN {
            assert_eq!(code(prefix, counter).to_string(), text);
            assert_eq!(parse(text), Ok(code(prefix, counter)));
        }
    }

    const GOLDEN: [(u32, u32, &str); 7] = [
        (0, 0, "0000 0000"),
        (0, 1, "0000 0012"),
        (248_950, 9_967, "7K3P 9QFB"),
        (1_048_575, 32_767, "ZZZZ ZZZC"),
        (248_950, 32_768, "7K3P 1000 J"),
        (1_091, 29_259_743, "0123 VWXY ZA"),
        (339_341, u32::MAX, "ABCD 3ZZZ ZZZB"),
    ];

    #[test]
    fn a_code_reads_back_as_it_was_made() {
        for code in many() {
            assert_eq!(parse(&code.to_string()), Ok(code));
            assert_eq!(parse(&code.text()), Ok(code));
            assert_eq!(
                serde_json::from_str::<TagCode>(&serde_json::to_string(&code).unwrap()).unwrap(),
                code
            );
        }
    }

    #[test]
    fn every_single_wrong_symbol_is_caught() {
        for code in many() {
            let good = code.text().into_bytes();
            for at in 0..good.len() {
                for wrong in SYMBOLS.iter().filter(|symbol| **symbol != good[at]) {
                    let mut bad = good.clone();
                    bad[at] = *wrong;
                    assert_eq!(parse(std::str::from_utf8(&bad).unwrap()), Err(TagError::Check), "{code}");
                }
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_caught() {
        for code in many() {
            let good = code.text().into_bytes();
            for at in (1..good.len()).filter(|at| good[at - 1] != good[*at]) {
                let mut bad = good.clone();
                bad.swap(at - 1, at);
                assert_eq!(parse(std::str::from_utf8(&bad).unwrap()), Err(TagError::Check), "{code}");
            }
        }
    }

    #[test]
    fn a_prefix_is_read_as_it_stands_in_its_codes() {
        assert_eq!(Prefix::read("7k3p").map(Prefix::number), Ok(248_950));
        assert_eq!(Prefix::read("ZZZZ").map(|prefix| prefix.number() + 1), Ok(Prefix::COUNT));
        assert_eq!(Prefix::read("7K3"), Err(TagError::Length(3)));
        assert_eq!(Prefix::read("7K3U"), Err(TagError::Symbol('U')));
    }

    #[test]
    fn the_field_is_a_field() {
        let mut powers = vec![1];
        while powers.len() < 31 {
            powers.push(times_x(powers[powers.len() - 1]));
        }
        assert_eq!(times_x(powers[30]), 1);
        powers.sort_unstable();
        assert_eq!(powers, (1..32).collect::<Vec<u8>>());
    }

    #[test]
    fn a_hand_is_forgiven_what_cannot_be_mistaken() {
        let code = code(33, 32);
        let text = code.text();
        assert!(text.contains('0') && text.contains('1'), "{text}");
        let by_hand = format!(" {} - {}\u{3000}", &text[..4].to_lowercase(), &text[4..]);
        assert_eq!(parse(&by_hand), Ok(code));
        assert_eq!(parse(&text.replace('1', "l").replace('0', "o")), Ok(code));
        assert_eq!(parse(&text.replace('1', "I").replace('0', "O")), Ok(code));
    }

    #[test]
    fn what_no_device_makes_is_refused() {
        assert_eq!(parse(""), Err(TagError::Length(0)));
        assert_eq!(parse("7K3P 9Q4"), Err(TagError::Length(7)));
        assert_eq!(parse("7K3P 9QFU"), Err(TagError::Symbol('U')));
        assert_eq!(parse("7K3P 9Q柴4"), Err(TagError::Symbol('柴')));
        // Zeros before the counter and a counter beyond 32 bits, both with a check symbol that agrees.
        for counter in ["0001", "ZZZZZZZ"] {
            let values = values(&format!("7K3P{counter}")).unwrap();
            let check = char::from(SYMBOLS[usize::from(check_value(&values))]);
            assert_eq!(parse(&format!("7K3P{counter}{check}")), Err(TagError::Counter));
        }
        assert_eq!(parse(&"0".repeat(13)), Err(TagError::Length(13)));
        assert_eq!(Prefix::new(Prefix::COUNT), None);
    }
}
