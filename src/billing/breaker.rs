//! When a system that fails is left alone for a while, and when it is tried again.

use std::time::Duration;

use jiff::Timestamp;

/// Counts failures; after too many in a row nobody asks until some time has passed, then one does.
#[derive(Debug)]
pub(super) struct Breaker {
    most: u32,
    pause: Duration,
    failures: u32,
    /// Until when nobody asks.
    until: Option<Timestamp>,
}

impl Breaker {
    pub(super) const fn new(most: u32, pause: Duration) -> Self {
        Self { most, pause, failures: 0, until: None }
    }

    /// Whether somebody may ask now. After a pause the first who is allowed to keeps the others away.
    pub(super) fn lets_through(&mut self, now: Timestamp) -> bool {
        match self.until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.until = Some(now.saturating_add(self.pause).unwrap_or(now));
                true
            }
        }
    }

    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
        self.until = None;
    }

    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.most {
            self.until = Some(now.saturating_add(self.pause).unwrap_or(now));
        }
    }

    /// Whether nobody asks.
    pub(super) const fn is_open(&self) -> bool {
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_failures_in_a_row_one_asks_again_after_the_pause() {
        let at = |second| Timestamp::from_second(second).expect("it is a time");
        let mut breaker = Breaker::new(2, Duration::from_secs(30));
        breaker.failed(at(0));
        assert!(breaker.lets_through(at(1)) && !breaker.is_open());
        breaker.failed(at(1));
        assert!(!breaker.lets_through(at(2)) && breaker.is_open());
        assert!(breaker.lets_through(at(31)), "one tries");
        assert!(!breaker.lets_through(at(32)), "the others wait for it");
        breaker.succeeded();
        assert!(breaker.lets_through(at(33)) && !breaker.is_open());
    }
}
