//! Roles, and sets of them: a person wears several hats.
//!
//! Where in the org tree a role holds, and for which job, is the server's to judge; here is only what a role
//! may do at all.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::code::{Code, codes};

codes! {
    /// What a person is to the department.
    Role {
        /// 服务人员: jobs, visits, repairs, sign-off.
        Technician = "technician",
        /// 主管: dispatch, inspection of old parts, review.
        Supervisor = "supervisor",
        /// 经理: approvals, settlements, plans.
        Manager = "manager",
        /// 信息管理员 · 内勤: archive, imports, people and devices, exceptions.
        InformationAdministrator = "information_administrator",
        /// 统计员: statistics and exports.
        Statistician = "statistician",
        /// 回访中心: call-backs.
        CallBackAgent = "call_back_agent",
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// No role at all.
    pub const NONE: Self = Self(0);

    /// The set of `roles`.
    pub const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < roles.len() {
            bits |= 1 << roles[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    /// The roles named by `codes`; words of later versions grant nothing.
    pub fn from_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(&codes.into_iter().filter_map(Role::from_code).collect::<Vec<_>>())
    }

    /// Whether `role` is in it.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & 1 << role as u8 != 0
    }

    /// Whether some role is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Its roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Code::code))
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let codes = Vec::<String>::deserialize(deserializer)?;
        Ok(Self::from_codes(codes.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for one in Role::ALL {
            for other in Role::ALL {
                assert_eq!(Roles::of(&[*one]).contains(*other), one == other);
                assert_eq!(Roles::of(&[*one]).meets(Roles::of(&[*other])), one == other);
            }
            assert!(!Roles::NONE.contains(*one));
            assert!(Roles::of(Role::ALL).contains(*one));
        }
    }

    #[test]
    fn a_role_of_a_later_version_grants_nothing() {
        let roles: Roles =
            serde_json::from_str(r#"["owner_of_everything","supervisor","technician"]"#).unwrap();
        assert_eq!(roles, Roles::of(&[Role::Technician, Role::Supervisor]));
        assert_eq!(serde_json::to_string(&roles).unwrap(), r#"["technician","supervisor"]"#);
    }
}
