//! Points in time as values. Nobody here knows what time it is: clocks are ports.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, as a wall clock showed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds in a day.
    pub const DAY: i64 = 86_400_000;

    /// This moment moved by `ms` milliseconds; stays at the ends of the range.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Days since 1970-01-01 in a zone that is `offset_minutes` east of UTC.
    pub fn day(self, offset_minutes: i32) -> i64 {
        self.plus(i64::from(offset_minutes) * 60_000).0.div_euclid(Self::DAY)
    }
}

/// What a device's clocks said together: `[wall_ms, mono_ms, boot]`.
///
/// `mono_ms` never goes back within one `boot` (a number that changes when the device starts anew), so
/// durations survive a wall clock that somebody moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ClockReading(pub i64, pub i64, pub i64);

impl ClockReading {
    /// The wall clock's part.
    pub fn wall(self) -> Timestamp {
        Timestamp(self.0)
    }

    /// Milliseconds from `earlier` to this by the monotonic clock; `None` across a restart.
    pub fn since(self, earlier: Self) -> Option<i64> {
        (self.2 == earlier.2).then_some(self.1 - earlier.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let shanghai = 480;
        let midnight = Timestamp(Timestamp::DAY * 20_000 - 8 * 3_600_000);
        assert_eq!(midnight.day(shanghai), 20_000);
        assert_eq!(midnight.plus(-1).day(shanghai), 19_999);
        assert_eq!(Timestamp(-1).day(0), -1);
    }

    #[test]
    fn a_duration_across_a_restart_is_unknown() {
        assert_eq!(ClockReading(9, 700, 1).since(ClockReading(0, 200, 1)), Some(500));
        assert_eq!(ClockReading(9, 700, 2).since(ClockReading(0, 200, 1)), None);
    }
}
