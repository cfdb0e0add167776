//! From a plan under which a world fails to a smaller one under which it fails alike: ddmin over the faults that struck.

use std::collections::BTreeSet;

use super::fault::Spot;

/// Most worlds that a shrinking may run.
pub const TRIES_MAX: usize = 120;

/// A subset of `spots` for which `fails` still holds, as small as a bounded search finds.
pub fn shrink(spots: &[Spot], mut fails: impl FnMut(&BTreeSet<Spot>) -> bool) -> Vec<Spot> {
    let mut left: Vec<Spot> = spots.to_vec();
    let (mut parts, mut tries) = (2, 0);
    while left.len() > 1 && parts <= left.len() && tries < TRIES_MAX {
        let size = left.len().div_ceil(parts);
        let without = (0..left.len()).step_by(size).find_map(|from| {
            let rest: Vec<Spot> = left
                .iter()
                .enumerate()
                .filter(|(at, _)| !(from..from + size).contains(at))
                .map(|(_, s)| *s)
                .collect();
            tries += 1;
            (tries <= TRIES_MAX && fails(&rest.iter().copied().collect())).then_some(rest)
        });
        match without {
            Some(rest) => {
                left = rest;
                parts = parts.saturating_sub(1).max(2);
            }
            None if size == 1 => break,
            None => parts = (parts * 2).min(left.len()),
        }
    }
    if left.len() == 1 && tries < TRIES_MAX && fails(&BTreeSet::new()) { Vec::new() } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::fault::Kind;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let spots: Vec<Spot> = (0..40).map(|n| (Kind::Drop, n)).collect();
        let needed = [(Kind::Drop, 7), (Kind::Drop, 31)];
        let found = shrink(&spots, |only| needed.iter().all(|spot| only.contains(spot)));
        assert_eq!(found, needed);
        assert_eq!(shrink(&spots, |_| true), []);
    }
}
