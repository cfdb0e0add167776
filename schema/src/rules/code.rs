//! Codes: closed lists of words that a rule needs to tell apart, written in ops as `snake_case` text.
//!
//! Records hold such a field as text, since a later version may know more words; a rule reads it with
//! [`Code::from_code`] and treats an unknown word as what it is. Their names for people are in the lists.

/// A word of a closed list.
pub trait Code: Copy + Eq + Ord + std::fmt::Debug + 'static {
    /// Every word, in the order that people expect.
    const ALL: &'static [Self];

    /// The word as it stands in ops, records and lists.
    fn code(self) -> &'static str;

    /// The word for `code`; `None` when this version does not know it.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.code() == code)
    }
}

/// Makes an enum whose variants are codes: `Variant = "code"`.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $code)] $variant,)+
        }

        impl $crate::rules::code::Code for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}
pub(crate) use codes;
