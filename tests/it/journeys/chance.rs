//! What is left to chance in a journey, and how long a journey is.

use std::sync::LazyLock;
use std::time::Duration;

const SEED: &str = "PENSTOCK_SEED";
const LETTERS: &str = "PENSTOCK_JOURNEY_LETTERS";

/// The variables that speak to the tests.
pub(super) const OWN_VARIABLES: &[&str] = &[SEED, LETTERS];

fn number_from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// The seed of the moments at which processes are killed and of the bytes at which connections are
/// cut: another one in every run, told when a test fails, and given again by `PENSTOCK_SEED`.
pub(super) fn seed() -> u64 {
    static DRAWN: LazyLock<u64> = LazyLock::new(|| {
        let seed = number_from_environment(SEED).unwrap_or_else(|| getrandom::u64().unwrap());
        println!("moments by PENSTOCK_SEED={seed}");
        seed
    });
    *DRAWN
}

/// A random moment.
pub(super) fn moment(number: usize, longest: u64) -> Duration {
    let mixed = seed().wrapping_add(number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Duration::from_millis(20 + mixed % longest)
}

/// How often a journey of so many letters is disturbed.
pub(super) fn rounds(letters: usize) -> usize {
    (letters / 200).max(10)
}

/// How many letters a journey has, unless `PENSTOCK_JOURNEY_LETTERS` says another number.
pub(super) fn letters(ordinary: usize) -> usize {
    number_from_environment(LETTERS).unwrap_or(ordinary)
}
