//! How alike two streets with the same house number are: what a writer left out or misspelt.

use super::suffix::suffix;
use super::tables::{DIRECTIONS, lookup};

/// How alike two streets are, the unlikeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Two different streets.
    Different,
    /// The name is the same, but direction or kind contradict each other.
    Contradicting,
    /// The name differs by a slip or two; it may be another street all the same.
    Misspelt,
    /// A long name differs by one slip: hardly another street.
    Slip,
    /// One leaves out the direction or the kind of street.
    PartsMissing,
    /// The same in every part.
    Same,
}

/// From how many letters on one slip hardly makes another street.
const SURE: usize = 7;

/// A street of the City's form in its parts.
struct Parts<'a> {
    direction: Option<&'a str>,
    name: &'a str,
    kind: Option<&'a str>,
}

fn parts(street: &str) -> Parts<'_> {
    let street = street.trim();
    let (direction, rest) = match street.split_once(' ') {
        // `N ST` is a street that is called by a letter.
        Some((first, rest)) if lookup(DIRECTIONS, first).is_some() && suffix(rest).is_none() => (Some(first), rest),
        _ => (None, street),
    };
    let (rest, behind) = match rest.rsplit_once(' ') {
        Some((rest, last)) if last.len() <= 2 && lookup(DIRECTIONS, last).is_some() => (rest, Some(last)),
        _ => (rest, None),
    };
    let (name, kind) = match rest.rsplit_once(' ') {
        Some((name, last)) if suffix(last).is_some() => (name, Some(last)),
        _ => (rest, None),
    };
    Parts { direction: direction.or(behind), name, kind }
}

/// How alike two streets are that stand behind the same house number, both in the City's form.
#[must_use]
pub fn likeness(one: &str, other: &str) -> Likeness {
    if one == other {
        return Likeness::Same;
    }
    let (one, other) = (parts(one), parts(other));
    let contradict = |one: Option<&str>, other: Option<&str>| one.is_some() && other.is_some() && one != other;
    let turned = contradict(one.direction, other.direction);
    let kinds = contradict(one.kind, other.kind);
    if one.name == other.name {
        return if turned || kinds { Likeness::Contradicting } else { Likeness::PartsMissing };
    }
    if turned { Likeness::Different } else { slips(one.name, other.name, kinds) }
}

/// How alike two names are that differ. Numbered streets are neighbours, not slips.
fn slips(one: &str, other: &str, kinds_differ: bool) -> Likeness {
    let numbered = |name: &str| name.bytes().any(|byte| byte.is_ascii_digit());
    if numbered(one) || numbered(other) {
        // `30H` for `30TH`: only the ending may slip.
        let digits = |name: &str| name.len() - name.trim_start_matches(|one: char| one.is_ascii_digit()).len();
        let same = digits(one) > 0 && one[..digits(one)] == other[..digits(other)];
        let short = one.len().max(other.len()) <= digits(one) + 2;
        return if same && short { Likeness::Slip } else { Likeness::Different };
    }
    let squeezed = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let (one, other) = (squeezed(one), squeezed(other));
    let shorter = one.len().min(other.len());
    let allowed = match shorter {
        0..=3 => 0,
        4..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let allowed = if kinds_differ { allowed.min(1) } else { allowed };
    if allowed == 0 || one.len().abs_diff(other.len()) > allowed {
        return Likeness::Different;
    }
    match strsim::osa_distance(&one, &other) {
        // Pine and Vine, Norris and Morris are streets of their own.
        0 | 1 if shorter >= SURE && !kinds_differ => Likeness::Slip,
        distance if distance <= allowed => Likeness::Misspelt,
        _ => Likeness::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_gaps_are_told_from_other_streets() {
        for (one, other, wanted) in [
            ("N BROAD ST", "N BROAD ST", Likeness::Same),
            ("BROAD ST", "N BROAD ST", Likeness::PartsMissing),
            ("N BROAD", "N BROAD ST", Likeness::PartsMissing),
            ("S BROAD ST", "N BROAD ST", Likeness::Contradicting),
            ("TULIP ST", "TULIP AVE", Likeness::Contradicting),
            ("E CAMBIRA ST", "E CAMBRIA ST", Likeness::Slip),
            ("ALEGENY AVE", "E ALLEGHENY AVE", Likeness::Misspelt),
            ("W CAMBIRA ST", "E CAMBRIA ST", Likeness::Different),
            ("N 5TH ST", "N 6TH ST", Likeness::Different),
            ("N 30H ST", "N 30TH ST", Likeness::Slip),
            ("N 30TH ST", "N 3TH ST", Likeness::Different),
            ("W NORRIS ST", "W MORRIS ST", Likeness::Misspelt),
            ("PINE ST", "VINE ST", Likeness::Misspelt),
            ("PINE ST", "SPRUCE ST", Likeness::Different),
            ("SOUTH ST", "SOUTH", Likeness::PartsMissing),
        ] {
            assert_eq!(likeness(one, other), wanted, "{one} and {other}");
        }
    }
}
