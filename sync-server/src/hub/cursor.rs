//! Where a device stands in an audience, as the string that only the server reads.
//!
//! ```text
//! f<pos>                              in the feed, behind <pos>
//! p<P>.<today>.<class>.<day>.<pk>     in the first pull, which began at head P on the day <today>
//! ```

use std::fmt;
use std::str::FromStr;

use crate::storage::Pk;
use crate::storage::feed::{NO_DAY, RankRun};

/// A cursor, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    /// In the feed, behind a position.
    Feed(u64),
    /// In the first pull.
    First(FirstPull),
}

/// How far a first pull has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FirstPull {
    /// The head when it began: from there the feed goes on.
    pub(super) head: u64,
    /// The day that fixes the classes.
    pub(super) today: i64,
    /// 0 today and tomorrow, 1 later, 2 past and undated.
    pub(super) class: u8,
    /// The last row sent of this class.
    pub(super) after: Option<(i64, Pk)>,
}

impl FirstPull {
    /// Number of classes.
    pub(super) const CLASSES: u8 = 3;

    /// The run of this class that is left.
    pub(super) fn run(&self) -> RankRun {
        let tomorrow = self.today + 1;
        let (from, to, backward) = match self.class {
            0 => (self.today, tomorrow, false),
            1 => (tomorrow + 1, i64::MAX, false),
            _ => (NO_DAY, self.today - 1, true),
        };
        RankRun { from, to, backward, after: self.after }
    }

    /// The beginning of the next class, or the feed behind the last.
    pub(super) fn next_class(self) -> Cursor {
        let class = self.class + 1;
        if class == Self::CLASSES {
            Cursor::Feed(self.head)
        } else {
            Cursor::First(Self { class, after: None, ..self })
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feed(pos) => write!(f, "f{pos}"),
            Self::First(first) => {
                write!(f, "p{}.{}.{}", first.head, first.today, first.class)?;
                first.after.map_or(Ok(()), |(day, pk)| write!(f, ".{day}.{pk}"))
            }
        }
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        fn number<T: FromStr>(text: &str) -> Result<T, ()> {
            text.parse().map_err(|_| ())
        }
        if let Some(pos) = text.strip_prefix('f') {
            return number(pos).map(Self::Feed);
        }
        let parts: Vec<&str> = text.strip_prefix('p').ok_or(())?.split('.').collect();
        let after = match parts.get(3..) {
            Some([]) => None,
            Some([day, pk]) => Some((number(day)?, number(pk)?)),
            _ => return Err(()),
        };
        let class = number(parts[2])?;
        let today: i64 = number(parts[1])?;
        if class >= FirstPull::CLASSES || today.unsigned_abs() > 1 << 40 {
            return Err(());
        }
        Ok(Self::First(FirstPull { head: number(parts[0])?, today, class, after }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back() {
        for text in [
            "f0",
            "f18446744073709551615",
            "p7.20000.0",
            "p7.20000.2.-9223372036854775808.9",
            "p7.1.1.20002.1",
        ] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "f",
            "f-1",
            "p",
            "p1",
            "p1.2",
            "p1.2.3",
            "p1.2.0.4",
            "p1.2.0.4.5.6",
            "x1",
            "p1.9999999999999999.0",
        ] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
