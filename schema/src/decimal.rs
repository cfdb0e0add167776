//! Exact decimals: meters and quantities, which ops write as text (`"1846.5"`).
//!
//! Counted in millionths, so that comparing and adding are exact; there are no floats. Money is not decimal:
//! it is counted in minor units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most digits before the point, and most behind it.
const WHOLE_DIGITS: usize = 18;
const PLACES: usize = 6;
/// One, and the first size with a digit too many, in millionths.
const ONE: i128 = 10_i128.pow(6);
const TOO_LARGE: u128 = 10_u128.pow(18 + 6);

/// Text that is not a decimal: digits, at most one point between digits, a minus before it or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal: {0:?}")]
pub struct BadDecimal(pub String);

/// An exact decimal with up to 18 digits before the point and 6 behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// This many times `price`, an amount in minor units, rounded half away from zero; `None` when too large.
    pub fn times_minor(self, price: i64) -> Option<i64> {
        let product = self.0.checked_mul(i128::from(price))?;
        let half = if product < 0 { -ONE / 2 } else { ONE / 2 };
        i64::try_from((product + half) / ONE).ok()
    }

    /// The sum; `None` when it has more digits than a decimal holds.
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum.unsigned_abs() < TOO_LARGE).then_some(Self(sum))
    }

    /// How much more this is than `other`; `None` when that has more digits than a decimal holds.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self(-other.0))
    }
}

impl FromStr for Decimal {
    type Err = BadDecimal;
    fn from_str(text: &str) -> Result<Self, BadDecimal> {
        read(text).map(Self).ok_or_else(|| BadDecimal(text.to_owned()))
    }
}

fn read(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let sound =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !sound(whole, WHOLE_DIGITS) || !sound(places, PLACES) {
        return None;
    }
    let millionths: i128 = format!("{places:0<PLACES$}").parse().ok()?;
    Some(sign * (whole.parse::<i128>().ok()? * ONE + millionths))
}

/// With no more places than it needs: `1846.5`, `2`, `-0.25`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let (whole, places) = (size / ONE.unsigned_abs(), size % ONE.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        if places == 0 {
            return write!(f, "{sign}{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{places:0PLACES$}").trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_decimal_has_one_spelling_that_it_writes() {
        for (read, written) in [
            ("1846.5", "1846.5"),
            ("1846.500", "1846.5"),
            ("007", "7"),
            ("-0.250000", "-0.25"),
            ("-0", "0"),
            ("0.000001", "0.000001"),
            ("999999999999999999.999999", "999999999999999999.999999"),
        ] {
            assert_eq!(decimal(read).to_string(), written);
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        let bad =
            ["", "-", ".", "5.", ".5", "+5", " 5", "1,5", "1e3", "1.2.3", "--1", "1.-2", "０", "1.0000000"];
        for text in bad.into_iter().chain(["1234567890123456789"]) {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_sum_is_exact_or_none() {
        assert_eq!(decimal("0.1").plus(decimal("0.2")), Some(decimal("0.3")));
        assert_eq!(decimal("1820").minus(decimal("1846.5")), Some(decimal("-26.5")));
        let most = decimal("999999999999999999.999999");
        assert_eq!(most.plus(decimal("0.000001")), None);
        assert_eq!(most.plus(Decimal::ZERO), Some(most));
    }

    #[test]
    fn size_decides_and_not_spelling() {
        assert!(decimal("9.9") < decimal("10"));
        assert!(decimal("-3") < decimal("-2.5"));
        assert_eq!(decimal("4.0"), decimal("4"));
    }

    proptest! {
        #[test]
        fn a_decimal_reads_back_as_it_was_written(n in -1_000_000_000_000_000_000_000_000_i128..) {
            let one = Decimal(n % 1_000_000_000_000_000_000_000_000);
            prop_assert_eq!(decimal(&one.to_string()), one);
        }

        #[test]
        fn adding_and_taking_away_leave_the_same(a in -1_000_000_000_i128..1_000_000_000, b in -1_000_000_i128..1_000_000) {
            let (a, b) = (Decimal(a), Decimal(b));
            prop_assert_eq!(a.plus(b).and_then(|sum| sum.minus(b)), Some(a));
            prop_assert_eq!(a.plus(b).map(|sum| sum > a), Some(b > Decimal::ZERO));
        }
    }

    #[test]
    fn money_is_rounded_half_away_from_zero() {
        let times = |text: &str, price| text.parse::<Decimal>().unwrap().times_minor(price);
        assert_eq!(times("2", 128_000), Some(256_000));
        assert_eq!((times("0.5", 3), times("0.5", -3), times("0.333", 100)), (Some(2), Some(-2), Some(33)));
    }
}
