//! What a meter has counted in all, though it was replaced: the sum of the segments (有效读数).
//!
//! ```text
//! old meter   0 ─────────── 1846.5 │ taken out
//! new meter                        │ 3 ──────── 120      effective = 1846.5 + (120 − 3)
//! ```
//!
//! A replacement without the old meter's last value takes the last one that was read.

use crate::decimal::Decimal;

/// One thing that is known of a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// It showed this.
    Read(Decimal),
    /// It was replaced: the old one's last value, if that could be read, and the new one's first.
    Replaced(Option<Decimal>, Decimal),
}

/// What was counted by the end of `known`, the oldest first; `None` when nothing was read, or the sum has
/// more digits than a decimal holds.
pub fn effective(known: &[Segment]) -> Option<Decimal> {
    let (mut before, mut shown) = (Decimal::ZERO, None);
    for segment in known {
        shown = Some(match *segment {
            Segment::Read(value) => value,
            Segment::Replaced(last, first) => {
                let last = last.or(shown).unwrap_or(Decimal::ZERO);
                before = before.plus(last)?.minus(first)?;
                first
            }
        });
    }
    before.plus(shown?)
}

#[cfg(test)]
mod tests {
    use super::Segment::{Read, Replaced};
    use super::*;

    fn of(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_meter_that_stayed_counts_what_it_shows() {
        assert_eq!(effective(&[]), None);
        assert_eq!(effective(&[Read(of("100")), Read(of("120.5"))]), Some(of("120.5")));
        // Going back is told elsewhere; here it stays what was read.
        assert_eq!(effective(&[Read(of("120.5")), Read(of("100"))]), Some(of("100")));
    }

    #[test]
    fn a_replaced_meter_counts_on_from_the_old_ones_last_value() {
        let known = [Read(of("1840")), Replaced(Some(of("1846.5")), of("3")), Read(of("120"))];
        assert_eq!(effective(&known[..2]), Some(of("1846.5")));
        assert_eq!(effective(&known), Some(of("1963.5")));
        let again = [&known[..], &[Replaced(Some(of("130")), of("0")), Read(of("10"))]].concat();
        assert_eq!(effective(&again), Some(of("1983.5")));
    }

    #[test]
    fn without_the_old_ones_last_value_the_last_reading_stands_for_it() {
        assert_eq!(effective(&[Read(of("1840")), Replaced(None, of("0")), Read(of("5"))]), Some(of("1845")));
        assert_eq!(effective(&[Replaced(None, of("7"))]), Some(of("0")));
        assert_eq!(effective(&[Replaced(None, of("7")), Read(of("9"))]), Some(of("2")));
    }

    #[test]
    fn a_sum_that_no_decimal_holds_is_unknown() {
        let most = of("999999999999999999");
        assert_eq!(effective(&[Replaced(Some(most), of("0")), Read(most)]), None);
    }
}
