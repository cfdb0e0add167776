//! Identifiers: newtypes, so that a job's id is never passed where a device's is meant.
//!
//! Ids are made by a port (`Ids`) outside this crate; here they are only read and written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::digest::Digest;

/// Text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {0:?}")]
pub struct BadId(pub String);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 bytes as they stand in a database column.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads the 16 bytes of a database column; `None` when there are not 16.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                // Only the hyphenated form: one value, one spelling, one hash.
                match Uuid::try_parse(text) {
                    Ok(id) if text.len() == 36 => Ok(Self(id)),
                    _ => Err(BadId(text.to_owned())),
                }
            }
        }
    };
}

uuid_id!(
    /// A record: job, visit, step, photo, … UUIDv7 when made here; any UUID is accepted.
    RecordId
);
uuid_id!(
    /// One op, that is one change to one record.
    OpId
);
uuid_id!(
    /// One user action that needs several ops.
    GroupId
);
uuid_id!(
    /// A device of one person.
    DeviceId
);
uuid_id!(
    /// A person with an account.
    UserId
);
uuid_id!(
    /// The organisation that runs the server.
    OrgId
);

/// One life of a device's store: a restored, copied or re-keyed store gets a new one.
///
/// Eight random bytes, unique within the device; 16 hex digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub [u8; 8]);

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incarnation({self})")
    }
}

impl FromStr for Incarnation {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        crate::digest::from_hex(text).map(Self).ok_or_else(|| BadId(text.to_owned()))
    }
}

impl Serialize for Incarnation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Incarnation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An id that is the same for the same thing of an org, whenever and wherever it is made: the first 16 bytes
/// of a digest over org, kind and key, marked as a UUIDv8.
pub fn stable(org: OrgId, kind: &str, key: &str) -> Uuid {
    let digest = Digest::of_parts(&[org.as_bytes(), kind.as_bytes(), b"\0", key.as_bytes()]);
    uuid::Builder::from_custom_bytes(std::array::from_fn(|at| digest.0[at])).into_uuid()
}

/// The part of the org tree that has this code in the office's own lists; the company has none.
pub fn unit_of_code(org: OrgId, code: &str) -> Uuid {
    stable(org, "unit", code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_spelling_is_an_id() {
        let text = "0192f0c1-2b3c-7d4e-8f50-112233445566";
        assert_eq!(text.parse::<RecordId>().unwrap().to_string(), text);
        for other in ["0192f0c12b3c7d4e8f50112233445566", "{0192f0c1-2b3c-7d4e-8f50-112233445566}", "", "x"] {
            assert!(other.parse::<RecordId>().is_err(), "{other}");
        }
    }

    #[test]
    fn incarnation_reads_back_what_it_wrote() {
        let one = Incarnation([0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff]);
        assert_eq!(one.to_string(), "00010203fcfdfeff");
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!("00010203fcfdfef".parse::<Incarnation>().is_err());
        assert!("00010203FCFDFEFF".parse::<Incarnation>().is_err());
    }
}
