//! The phrases that raise a flag, which the model learns to weigh.

#[path = "../src/classification/flags/english.rs"]
mod english;
#[path = "../src/classification/flags/spanish.rs"]
mod spanish;

use super::letter::Flag;
use super::phrases::phrases_of;

/// The phrases of both languages, each with the flag that it raises.
pub(super) fn flag_phrases() -> impl Iterator<Item = (Flag, &'static str)> {
    let all = english::PHRASES.iter().chain(spanish::PHRASES);
    all.flat_map(|(flag, phrases)| phrases_of(phrases).map(|phrase| (*flag, phrase)))
}
