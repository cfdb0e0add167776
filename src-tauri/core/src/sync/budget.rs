//! How many bytes one body holds: moves between 64 KiB and 1 MiB with what the path carries.
//!
//! A body says something of bodies of about its own size only: a small one that got through is no reason to send
//! larger ones, and where even the smallest are lost the size is not what is wrong. Each way has a budget of its own.

/// The smallest budget: what is lost at this size is lost at any.
pub(super) const BUDGET_MIN: usize = 64 << 10;
/// The largest budget.
pub(super) const BUDGET_MAX: usize = 1 << 20;

/// Most bodies that have to get through before a larger one is tried.
const GOOD_MAX: u32 = 16;

/// Bytes of the next body one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    bytes: usize,
    /// Bodies of about this size that got through since it last changed.
    good: u32,
    /// How many it takes until a larger one is tried: more after each loss.
    wanted: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 4 * BUDGET_MIN, good: 0, wanted: 1 }
    }
}

impl Budget {
    /// Bytes of the next body.
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }

    /// A body of so many bytes got through.
    pub(super) fn carried(&mut self, body: usize) {
        if body < self.bytes / 4 * 3 {
            return;
        }
        self.good += 1;
        if self.good >= self.wanted && self.bytes < BUDGET_MAX {
            (self.bytes, self.good) = (self.bytes * 2, 0);
        }
    }

    /// A body of so many bytes was lost, or refused by somebody on the way.
    pub(super) fn lost(&mut self, body: usize) {
        if body > BUDGET_MIN {
            self.bytes = (self.bytes / 2).max(BUDGET_MIN);
            (self.good, self.wanted) = (0, (self.wanted * 4).min(GOOD_MAX));
        }
    }

    /// Another network may carry more: what was learnt of the last one counts no longer.
    pub(super) fn another_path(&mut self) {
        (self.good, self.wanted) = (0, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends bodies as large as the budget says over a path that loses those above `most`; how many were lost.
    fn losses(budget: &mut Budget, most: usize, bodies: usize) -> usize {
        let sends = |_: &usize| {
            let body = budget.bytes();
            if body > most {
                budget.lost(body);
            } else {
                budget.carried(body);
            }
            body > most
        };
        (0..bodies).filter(sends).count()
    }

    #[test]
    fn it_finds_what_the_path_carries_and_seldom_tries_more() {
        let mut budget = Budget::default();
        assert!(losses(&mut budget, BUDGET_MIN, 10) <= 3);
        assert_eq!(budget.bytes(), BUDGET_MIN);
        assert!(losses(&mut budget, BUDGET_MIN, 170) <= 10, "one body in seventeen");
        assert_eq!(losses(&mut Budget::default(), BUDGET_MAX, 100), 0);
    }

    #[test]
    fn a_small_body_says_nothing_of_large_ones() {
        let mut budget = Budget::default();
        (0..100).for_each(|_| budget.carried(700));
        (0..100).for_each(|_| budget.lost(700));
        assert_eq!(budget, Budget::default());
    }

    #[test]
    fn it_stays_within_its_bounds_and_grows_back() {
        let mut budget = Budget::default();
        (0..100).for_each(|_| budget.lost(BUDGET_MAX));
        assert_eq!(budget.bytes(), BUDGET_MIN);
        assert!(losses(&mut budget, usize::MAX, 100) == 0 && budget.bytes() == BUDGET_MAX);
    }
}
