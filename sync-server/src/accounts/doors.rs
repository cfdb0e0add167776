//! Limits on the calls that anybody may make, by address: they cost the server work and let codes be guessed.
//!
//! Wide enough for a whole carrier behind one address on a Monday morning; a device that is told to wait waits,
//! and loses nothing by it.

use std::net::IpAddr;

use fieldcard_schema::time::Timestamp;

use super::buckets::{Bucket, Buckets, seconds};
use super::limits::network;

/// A call that anybody may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// A device asks to be taken in.
    Enrol,
    /// A device asks for a nonce or a token.
    Token,
}

impl Door {
    fn bucket(self) -> Bucket {
        match self {
            // A code is guessed never, and typed wrong five times at most.
            Self::Enrol => Bucket { size: 60, drain_ms: 2_000 },
            // Two calls a device and day: 20 a second are 600,000 devices in a morning hour.
            Self::Token => Bucket { size: 2_000, drain_ms: 50 },
        }
    }
}

/// What came through each door lately.
#[derive(Debug, Default)]
pub struct DoorLimits(Buckets<(Door, IpAddr)>);

impl DoorLimits {
    /// Counts a call, or answers the seconds after which it may be tried again.
    pub fn admit(&mut self, door: Door, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let key = (door, network(address));
        match self.0.wait(&key, door.bucket(), now) {
            0 => {
                self.0.fill(key, door.bucket(), now);
                Ok(())
            }
            wait => Err(seconds(wait)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_to_wait_and_let_in_after_it() {
        let mut doors = DoorLimits::default();
        let [one, two] = [1, 2].map(|n| IpAddr::from([10, 0, 0, n]));
        let admitted = (0..1_000).filter(|_| doors.admit(Door::Enrol, one, Timestamp(0)).is_ok()).count();
        assert_eq!((admitted, doors.admit(Door::Enrol, one, Timestamp(0))), (60, Err(3)));
        assert_eq!(doors.admit(Door::Enrol, two, Timestamp(0)), Ok(()), "another address");
        assert_eq!(doors.admit(Door::Token, one, Timestamp(0)), Ok(()), "another door");
        assert_eq!(doors.admit(Door::Enrol, one, Timestamp(3_000)), Ok(()));
        assert_eq!(doors.admit(Door::Enrol, one, Timestamp(3_000)), Err(2));
    }

    #[test]
    fn a_morning_of_three_thousand_devices_behind_one_address_is_not_held_up() {
        let mut doors = DoorLimits::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        // Within ten minutes, two calls each.
        let refused =
            (0..6_000).filter(|n| doors.admit(Door::Token, address, Timestamp(n * 100)).is_err()).count();
        assert_eq!(refused, 0);
    }
}
