//! Days as `YYYY-MM-DD` (ISO 8601), in the zone where they are shown. Reads and writes; knows no today.
//!
//! The proleptic Gregorian calendar by Howard Hinnant's `days_from_civil`, in whole numbers.

use fieldcard_schema::time::Timestamp;

/// The moment at which a day begins in a zone that is `offset_minutes` east of UTC; `None` for no day.
pub fn begins(day: &str, offset_minutes: i32) -> Option<Timestamp> {
    let mut parts = day.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(date, 2) {
        return None;
    }
    let number = number_of(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?);
    let begins = Timestamp(number * Timestamp::DAY - i64::from(offset_minutes) * 60_000);
    // A day that the calendar does not have reads back as another one.
    (of(begins, offset_minutes) == day).then_some(begins)
}

/// The day of a moment in a zone that is `offset_minutes` east of UTC.
pub fn of(at: Timestamp, offset_minutes: i32) -> String {
    let z = at.day(offset_minutes) + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// Days since 1970-01-01.
fn number_of(year: i64, month: i64, date: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_back_as_it_was_written() {
        for day in ["1970-01-01", "2000-02-29", "2026-11-28", "2100-03-01", "1969-12-31"] {
            assert_eq!(of(begins(day, 480).unwrap(), 480), day);
            assert_eq!(of(begins(day, 480).unwrap().plus(Timestamp::DAY - 1), 480), day);
        }
        assert_eq!(begins("2026-11-28", 480), Some(Timestamp(1_795_795_200_000)));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in ["", "2026-2-03", "2026-02-30", "2026-13-01", "2026-00-10", "2026-02-03x", "tomorrow"] {
            assert_eq!(begins(bad, 0), None, "{bad}");
        }
    }
}
