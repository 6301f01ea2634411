//! The checks of a draft as people see them: what stops it, what needs a reason, what to look at,
//! each with its place; and the paragraphs that the draft was composed of.

use crate::accounts::personal_data::masked;
use crate::letter::CaseState;
use crate::replies::{Concern, ConcernKind, Paragraph, Weight, paragraphs_of};
use crate::review::{Office, ReviewError};
use crate::store::{CaseRow, RevisionRow, Tx};

/// How many characters stand around a place that is quoted.
const AROUND: usize = 40;

/// A draft with its checks.
#[derive(Default)]
pub(super) struct Checked {
    /// What was found; nothing when there is no draft, or it is out of people's hands.
    pub(super) bar: Option<Bar>,
    /// The text in stretches, those that something is said about marked.
    pub(super) stretches: Vec<Stretch>,
    /// What it was composed of.
    pub(super) paragraphs: Vec<Paragraph>,
}

/// All that was found, the gravest first.
pub(super) struct Bar {
    /// How the reply stands.
    pub(super) summary: String,
    /// Whether something keeps it from going out.
    pub(super) held: bool,
    pub(super) groups: Vec<Group>,
}

/// What is found of one weight.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
}

/// One thing that was found.
pub(super) struct Item {
    /// Its number on the page, from 1.
    pub(super) number: usize,
    /// What a reason is given for.
    pub(super) key: String,
    pub(super) sentence: String,
    pub(super) quote: Option<Quote>,
    /// Where its place is on the page.
    pub(super) link: String,
    pub(super) link_words: &'static str,
    /// The reason that was given.
    pub(super) reason: Option<String>,
    /// Whether a reason lets it stay.
    pub(super) asks: bool,
}

/// The words that are meant, among those around them.
pub(super) struct Quote {
    pub(super) before: String,
    pub(super) words: String,
    pub(super) after: String,
}

/// A stretch of the text; the number of what is said about it.
pub(super) struct Stretch {
    pub(super) text: String,
    pub(super) mark: Option<usize>,
}

/// What people must see of a draft while it can still be changed; nothing afterwards.
pub(super) async fn concerns(
    office: &Office,
    tx: &mut Tx,
    (case, revision): (&CaseRow, &RevisionRow),
) -> Result<Option<Vec<Concern>>, ReviewError> {
    if !matches!(case.state, CaseState::Open | CaseState::Claimed { .. } | CaseState::Submitted { .. }) {
        return Ok(None);
    }
    let mut found = office.concerns(tx, case, revision).await?;
    for concern in &mut found {
        // The words of a letter may stand here, and its numbers are hidden there too.
        concern.what = masked(&concern.what);
    }
    Ok(Some(found))
}

/// The checks of the draft that a page shows; `editable` when the text stands in a form.
pub(super) async fn checked(
    office: &Office,
    tx: &mut Tx,
    case: &CaseRow,
    (revision, editable): (Option<&RevisionRow>, bool),
) -> Result<Checked, ReviewError> {
    let Some(revision) = revision else { return Ok(Checked::default()) };
    let facts = serde_json::from_str(&revision.facts).unwrap_or_default();
    let paragraphs = paragraphs_of(&facts);
    let found = concerns(office, tx, (case, revision)).await?;
    let marks = marks(found.as_deref().unwrap_or_default());
    let places = Places { revision, paragraphs: &paragraphs, marks: &marks, editable };
    let bar = found.map(|found| bar(&found, &places));
    let stretches = stretches(&revision.body, &marks);
    Ok(Checked { bar, stretches, paragraphs })
}

fn bar(found: &[Concern], places: &Places<'_>) -> Bar {
    const TITLES: [(Weight, &str); 3] = [
        (Weight::Stops, "What stops it"),
        (Weight::NeedsReason, "What needs a reason"),
        (Weight::Look, "What to look at"),
    ];
    let group = |(weight, title): (Weight, &'static str)| {
        let these = found.iter().enumerate().filter(|(_, concern)| concern.weight == weight);
        Group { title, items: these.map(|(at, concern)| item(at + 1, concern, places)).collect() }
    };
    let groups = TITLES.map(group).into_iter().filter(|group| !group.items.is_empty()).collect();
    let held = found.iter().filter(|concern| concern.holds_back()).count();
    let summary = match held {
        0 => "Nothing holds this reply back.".to_owned(),
        1 => "One thing holds this reply back.".to_owned(),
        many => format!("{many} things hold this reply back."),
    };
    Bar { summary, held: held > 0, groups }
}

fn item(number: usize, concern: &Concern, places: &Places<'_>) -> Item {
    let (link, link_words) = places.link(concern);
    let advice = if concern.reason.is_some() { "" } else { advice(concern) };
    // A number that must not be told is not told once more.
    let quoted = concern.place.filter(|_| concern.kind != ConcernKind::PersonalData);
    Item {
        number,
        key: concern.key.clone(),
        sentence: format!("{} {advice}", sentence(&concern.what)).trim_end().to_owned(),
        quote: quoted.map(|place| quote(&places.revision.body, place)),
        link,
        link_words,
        reason: concern.reason.clone(),
        asks: concern.weight == Weight::NeedsReason,
    }
}

/// Words as a sentence: with a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

/// What a person can do about it.
fn advice(concern: &Concern) -> &'static str {
    use ConcernKind as Kind;
    match (concern.weight, concern.kind) {
        (Weight::Look, _) | (_, Kind::Withdrawn) => "",
        (_, Kind::Missing) => "Write it in, or take the sentence out.",
        (_, Kind::AccountNumber | Kind::PersonalData) => "Take it out.",
        (_, Kind::Disclosure) => "Take the paragraph out, or confirm first who wrote.",
        (Weight::Stops, Kind::Recipient) => "Choose another way or address.",
        (_, Kind::Recipient | Kind::Orphan) => "Correct it, or say where it is from.",
        (_, Kind::Unanswered) => "Answer it, or say why it needs no answer.",
        (_, Kind::Locked) => "Put them back, or say why they had to change.",
        (_, Kind::Required) => "Put it back, or say why it is not needed.",
        (_, Kind::Name) => "Correct it, or say who this is.",
    }
}

/// The words at a place and those around them, in one line.
fn quote(body: &str, (start, end): (usize, usize)) -> Quote {
    let line = |skip: usize, take: usize| -> String {
        let blank = |character: char| if character.is_whitespace() { ' ' } else { character };
        body.chars().skip(skip).take(take).map(blank).collect()
    };
    let from = start.saturating_sub(AROUND);
    let (before, after) = (line(from, start - from), line(end, AROUND));
    // No word is cut in two.
    let before = if from == 0 { before.as_str() } else { before.split_once(' ').map_or("", |(_, rest)| rest) };
    let whole = after.chars().count() < AROUND;
    let after = if whole { after.as_str() } else { after.rsplit_once(' ').map_or("", |(rest, _)| rest) };
    Quote { before: masked(before), words: line(start, end.saturating_sub(start)), after: masked(after) }
}

/// A marked place, in characters, with the number of what is said about it.
struct Mark {
    start: usize,
    end: usize,
    number: usize,
}

/// The places in the text in order; one that lies over another is marked with it.
fn marks(found: &[Concern]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = found
        .iter()
        .enumerate()
        .filter_map(|(at, concern)| concern.place.map(|(start, end)| Mark { start, end, number: at + 1 }))
        .filter(|mark| mark.start < mark.end)
        .collect();
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut reached = 0;
    marks.retain(|mark| {
        let free = mark.start >= reached;
        if free {
            reached = mark.end;
        }
        free
    });
    marks
}

fn stretches(body: &str, marks: &[Mark]) -> Vec<Stretch> {
    let mut characters = body.chars();
    let mut at = 0;
    let mut stretches = Vec::new();
    for mark in marks {
        let text = characters.by_ref().take(mark.start - at).collect();
        stretches.push(Stretch { text, mark: None });
        let text = characters.by_ref().take(mark.end - mark.start).collect();
        stretches.push(Stretch { text, mark: Some(mark.number) });
        at = mark.end;
    }
    stretches.push(Stretch { text: characters.collect(), mark: None });
    stretches
}

/// Where things stand on the page.
struct Places<'a> {
    revision: &'a RevisionRow,
    paragraphs: &'a [Paragraph],
    marks: &'a [Mark],
    editable: bool,
}

impl Places<'_> {
    /// Where to look for something, and the words of the link.
    fn link(&self, concern: &Concern) -> (String, &'static str) {
        if let Some(mark) = concern.place.and_then(|place| self.mark(place)).filter(|_| !self.editable) {
            return (format!("#check-place-{mark}"), "See it in the text");
        }
        let (_, name) = concern.key.split_once(':').unwrap_or_default();
        match concern.kind {
            ConcernKind::Locked | ConcernKind::Required => match self.paragraph(name) {
                Some(number) => (format!("#paragraph-{number}"), "See the paragraph as it was written"),
                None => self.text(),
            },
            ConcernKind::Recipient if self.editable => ("#channel".to_owned(), "Go to how it goes out"),
            ConcernKind::Recipient => ("#draft".to_owned(), "See where it goes"),
            ConcernKind::Missing if self.revision.subject.contains(&format!("[missing: {name}]")) => self.subject(),
            ConcernKind::Orphan if concern.place.is_none() => self.subject(),
            _ => self.text(),
        }
    }

    /// The mark that a place has, or lies under.
    fn mark(&self, (start, end): (usize, usize)) -> Option<usize> {
        self.marks.iter().find(|mark| mark.start < end && start < mark.end).map(|mark| mark.number)
    }

    fn paragraph(&self, name: &str) -> Option<usize> {
        let found = self.paragraphs.iter().position(|one| name == format!("{}#{}", one.template, one.id));
        found.map(|at| at + 1)
    }

    fn text(&self) -> (String, &'static str) {
        if self.editable {
            ("#body".to_owned(), "Go to the text")
        } else {
            ("#reply-text".to_owned(), "Go to the text")
        }
    }

    fn subject(&self) -> (String, &'static str) {
        if self.editable {
            ("#subject".to_owned(), "Go to the subject")
        } else {
            ("#reply-subject".to_owned(), "Go to the subject")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(place: (usize, usize)) -> Concern {
        Concern {
            kind: ConcernKind::Orphan,
            weight: Weight::NeedsReason,
            key: "orphan:x".to_owned(),
            what: "x".to_owned(),
            place: Some(place),
            reason: None,
        }
    }

    #[test]
    fn a_text_in_stretches_is_the_whole_text_with_each_place_marked_once() {
        let body = "señora, $999.99 on May 9";
        let marks = marks(&[found((19, 24)), found((8, 15)), found((10, 15)), found((3, 3))]);
        let stretches = stretches(body, &marks);
        assert_eq!(stretches.iter().map(|one| one.text.as_str()).collect::<String>(), body);
        let marked: Vec<(&str, usize)> =
            stretches.iter().filter_map(|one| Some((one.text.as_str(), one.mark?))).collect();
        assert_eq!(marked, [("$999.99", 2), ("May 9", 1)]);
    }

    #[test]
    fn a_quote_cuts_no_word_in_two() {
        let body =
            "The Philadelphia Water Department will give you $999.99 back with the bill after the next one or two.";
        let quote = quote(body, (48, 55));
        assert_eq!((quote.words.as_str(), quote.before.as_str()), ("$999.99", "Water Department will give you "));
        assert_eq!(quote.after, " back with the bill after the next one");
    }

    #[test]
    fn a_place_behind_the_end_is_no_panic() {
        let marks = marks(&[found((30, 40))]);
        assert_eq!(stretches("short", &marks)[0].text, "short");
        assert_eq!(quote("short", (30, 40)).words, "");
    }
}
