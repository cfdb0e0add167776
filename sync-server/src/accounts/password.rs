//! Passwords: what is taken as one, and how it is kept.
//!
//! argon2id with 19 MiB and two passes (the floor of OWASP's table). Never call [`hash`] or [`matches`] from
//! a thread that has other work: they are slow by design and belong on [`super::hasher`].

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Fewest characters of a password.
pub const LENGTH_MIN: usize = 12;

/// Most bytes: longer ones only cost time.
pub const LENGTH_MAX: usize = 256;

/// Passwords of twelve and more characters that guessers try first.
const COMMON: &str = include_str!("common.txt");

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Fewer than [`LENGTH_MIN`] characters.
    #[error("a password has at least {LENGTH_MIN} characters")]
    TooShort,
    /// More than [`LENGTH_MAX`] bytes.
    #[error("a password has at most {LENGTH_MAX} bytes")]
    TooLong,
    /// One that guessers try first, a repeated piece, or the login itself.
    #[error("this password is among those that guessers try first")]
    Common,
}

/// Whether `password` may be one for the account `login`.
pub fn check(password: &str, login: &str) -> Result<(), BadPassword> {
    if password.chars().count() < LENGTH_MIN {
        return Err(BadPassword::TooShort);
    }
    if password.len() > LENGTH_MAX {
        return Err(BadPassword::TooLong);
    }
    let folded = password.to_lowercase();
    let named = login.chars().count() > 3 && folded.contains(&login.to_lowercase());
    if COMMON.lines().any(|line| line == folded) || named || is_repeated(&folded) || is_run(&folded) {
        return Err(BadPassword::Common);
    }
    Ok(())
}

/// One piece of up to four characters, again and again.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|n| chars.windows(n + 1).all(|w| w.first() == w.last()))
}

/// Characters that each follow the one before, up or down: `abcdefghijkl`, `987654321098`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let step = |up: i64| codes.windows(2).all(|w| matches!((w[1] - w[0]) * up, 1 | -9));
    step(1) || step(-1)
}

fn argon2() -> Option<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The PHC string of `password`; `None` only if the parameters above were nonsense.
pub fn hash(password: &str, salt: &[u8; 16]) -> Option<String> {
    let argon2 = argon2()?;
    let params = argon2.params().clone();
    argon2
        .hash_password_customized(password.as_bytes(), salt, None, None, params)
        .ok()
        .map(|hash: PasswordHash| hash.to_string())
}

/// Whether `password` is the one behind `hash`, by the parameters that `hash` names.
pub fn matches(password: &str, hash: &str) -> bool {
    let parsed = PasswordHash::new(hash);
    parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A password for somebody who will be told it once: 80 random bits as four groups.
pub fn generate(random: &[u8; 10]) -> String {
    // Crockford's symbols: none looks like another when read aloud or from paper.
    const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let symbols: Vec<char> = (0..16)
        .rev()
        .map(|i| char::from(SYMBOLS[usize::try_from(bits >> (5 * i) & 31).unwrap_or(0)]))
        .collect();
    let groups: Vec<String> = symbols.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_and_phrases_taken() {
        use BadPassword::{Common, TooLong, TooShort};
        for (password, verdict) in [
            ("elevenchars", Err(TooShort)),
            ("机油滤清器十一个字的", Err(TooShort)),
            ("password1234", Err(Common)),
            ("Password1234", Err(Common)),
            ("qwertyuiop123", Err(Common)),
            ("aaaaaaaaaaaaa", Err(Common)),
            ("abcabcabcabc", Err(Common)),
            ("123456789012", Err(Common)),
            ("abcdefghijklm", Err(Common)),
            ("wanglin-2026-x", Err(Common)),
            ("four grey pumps leak", Ok(())),
            ("挖掘机在采石场上午十点漏油", Ok(())),
        ] {
            assert_eq!(check(password, "wanglin"), verdict, "{password}");
        }
        assert_eq!(check(&"xy7 ".repeat(100), "wanglin"), Err(TooLong));
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let hash = hash("four grey pumps leak", &[3; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(matches("four grey pumps leak", &hash));
        assert!(!matches("four grey pumps leaK", &hash));
        assert!(!matches("", "rubbish"));
    }

    #[test]
    fn a_made_password_is_taken() {
        let made = generate(&[0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(made.len(), 19);
        assert_eq!(check(&made, "wanglin"), Ok(()));
    }
}
