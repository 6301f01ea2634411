//! The circumstances of a letter, by phrases of both languages and by the model together. Missing
//! one that puts a person in danger costs more than a false alarm, which a reader sees at once.

mod english;
mod self_harm;
mod spanish;

use serde::{Deserialize, Serialize};

use super::Letter;
use super::meanings::Meaning;
use super::phrases::phrases_of;
use crate::letter::Flag;

/// A flag with the words that raised it, in Unicode characters of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagFound {
    /// Which.
    pub flag: Flag,
    /// Where the words start.
    pub start: usize,
    /// Where they end; 0 when they stand in the subject.
    pub end: usize,
    /// The words.
    pub text: String,
}

impl FlagFound {
    /// Whether the words speak of harm to the writer.
    #[must_use]
    pub fn speaks_of_self_harm(&self) -> bool {
        self.flag == Flag::Threat && self_harm::is_meant(&self.text)
    }

    fn of(letter: &Letter, flag: Flag, (first, last): (usize, usize)) -> Self {
        let (start, end) = letter.inside(first, last).unwrap_or_default();
        Self { flag, start, end, text: letter.cut(first, last) }
    }
}

/// What the model says of one flag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Said {
    pub(super) flag: Flag,
    pub(super) probability: f32,
    /// Whether the model would raise it by itself.
    pub(super) passes: bool,
    /// Where the words stand that spoke most for it.
    pub(super) place: Option<(usize, usize)>,
}

/// The phrases of both languages, each with the flag that it raises.
pub(super) fn flag_phrases() -> impl Iterator<Item = (Flag, &'static str)> {
    let all = english::PHRASES.iter().chain(spanish::PHRASES);
    all.flat_map(|(flag, phrases)| phrases_of(phrases).map(|phrase| (*flag, phrase)))
}

/// The flags of a letter, each with the first words that raised it, of its text if possible.
pub(super) fn find(letter: &Letter, said: &[Said]) -> Vec<FlagFound> {
    let mut places: Vec<Option<(usize, usize)>> = vec![None; Flag::ALL.len()];
    for (meaning, first, last) in &letter.meanings {
        let Meaning::Raises(flag) = meaning else { continue };
        let place = (letter.words.place(*first).0, letter.words.place(*last).1);
        let known = &mut places[*flag as usize];
        if known.is_none_or(|known| known.0 < letter.before && place.0 >= letter.before) {
            *known = Some(place);
        }
    }
    let found = Flag::ALL.iter().filter_map(|flag| {
        let said = said.iter().find(|said| said.flag == *flag);
        Some(FlagFound::of(letter, *flag, raised(*flag, places[*flag as usize], said)?))
    });
    let mut found: Vec<FlagFound> = found.collect();
    if let Some(place) = self_harm::place(letter) {
        let own = FlagFound::of(letter, Flag::Threat, place);
        // A threat to others keeps its own words beside it.
        let apart = |other: &FlagFound| other.text != own.text && (other.end <= own.start || own.end <= other.start);
        found.retain(|other| other.flag != Flag::Threat || apart(other));
        found.insert(0, own);
    }
    found
}

/// The words that raise a flag: a phrase that the model does not hold for idle, or the model's own.
fn raised(flag: Flag, phrase: Option<(usize, usize)>, said: Option<&Said>) -> Option<(usize, usize)> {
    let Some(said) = said else { return phrase };
    if said.passes {
        return phrase.or(said.place);
    }
    phrase.filter(|_| said.probability >= idle(flag))
}

/// A phrase below this probability is idle talk. No two threats are alike: the model has seen too
/// few of them to overrule a phrase.
fn idle(flag: Flag) -> f32 {
    match flag {
        Flag::Threat => 0.0,
        _ if Flag::URGENT.contains(&flag) => 0.015,
        _ => 0.12,
    }
}
