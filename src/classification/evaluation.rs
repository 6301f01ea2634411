//! How good answers are: accuracy, macro-F1, calibration error, coverage, and how well what lies
//! out of scope is told from the rest.

use std::collections::BTreeMap;

/// The probabilities are compared with the truth in this many classes.
const CLASSES: usize = 15;
/// The precision at which the coverage is told.
const PRECISION: f64 = 0.95;

/// An answer with the truth beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The right labels, the primary first; none where the text lies out of scope.
    pub right: Vec<String>,
    /// The likeliest label and its probability.
    pub first: (String, f32),
    /// The labels that passed.
    pub passing: Vec<String>,
}

/// Right and wrong answers for one label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LabelFigures {
    /// It held and was said.
    pub right: usize,
    /// It was said and did not hold.
    pub false_alarms: usize,
    /// It held and was not said.
    pub missed: usize,
}

/// The figures over many answers; shares from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// How many texts in scope.
    pub texts: usize,
    /// How many texts out of scope.
    pub out_of_scope: usize,
    /// How often the likeliest label is the primary one.
    pub accuracy: f64,
    /// How often it is one of the right labels.
    pub in_labels: f64,
    /// The mean of F1 over the labels: of the likeliest label where every text has one right
    /// label, of the labels that pass where there are several.
    pub macro_f1: f64,
    /// How far probabilities and truth lie apart.
    pub calibration_error: f64,
    /// The share of texts in scope that are answered rather than `unsure`.
    pub coverage: f64,
    /// How often an answered text's likeliest label is right.
    pub answered_right: f64,
    /// The largest share of texts that can be answered at 95 % precision.
    pub coverage_at_95: f64,
    /// The area under the curve that tells texts in scope from those out of it.
    pub scope_area: Option<f64>,
    /// The share of texts out of scope that are `unsure`.
    pub strange_unsure: Option<f64>,
    /// The figures of each label.
    pub labels: BTreeMap<String, LabelFigures>,
    /// How many texts have each label as their primary one.
    pub primaries: BTreeMap<String, usize>,
    /// How often a label was taken for another, the most frequent first.
    pub confusions: Vec<(String, String, usize)>,
}

impl LabelFigures {
    /// How often it held when it was said.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.false_alarms)
    }

    /// How often it was said when it held.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// The harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.false_alarms + self.missed)
    }

    /// Counts one text.
    pub fn count(&mut self, said: bool, holds: bool) {
        match (said, holds) {
            (true, true) => self.right += 1,
            (true, false) => self.false_alarms += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }
}

/// The figures of answers.
#[must_use]
pub fn figures(answers: &[Answer]) -> Figures {
    let (inside, outside): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| !answer.right.is_empty());
    let several = inside.iter().any(|answer| answer.right.len() > 1);
    let answered: Vec<&&Answer> = inside.iter().filter(|answer| !answer.passing.is_empty()).collect();
    let unsure_outside = outside.iter().filter(|answer| answer.passing.is_empty()).count();
    let labels = label_figures(&inside, several);
    let counted: Vec<f64> =
        labels.values().filter(|label| label.right + label.missed > 0).map(LabelFigures::f1).collect();
    Figures {
        texts: inside.len(),
        out_of_scope: outside.len(),
        accuracy: share(inside.iter().filter(|answer| answer.is_primary()).count(), inside.len()),
        in_labels: share(inside.iter().filter(|answer| answer.is_right()).count(), inside.len()),
        macro_f1: counted.iter().sum::<f64>() / ratio(counted.len().max(1)),
        calibration_error: calibration_error(&inside),
        coverage: share(answered.len(), inside.len()),
        answered_right: share(answered.iter().filter(|answer| answer.is_right()).count(), answered.len()),
        coverage_at_95: coverage(&inside),
        scope_area: (!outside.is_empty()).then(|| area(&inside, &outside)),
        strange_unsure: (!outside.is_empty()).then(|| share(unsure_outside, outside.len())),
        primaries: primaries(&inside),
        confusions: confusions(&inside),
        labels,
    }
}

impl Answer {
    fn is_primary(&self) -> bool {
        self.right.first() == Some(&self.first.0)
    }

    fn is_right(&self) -> bool {
        self.right.contains(&self.first.0)
    }
}

fn label_figures(answers: &[&Answer], several: bool) -> BTreeMap<String, LabelFigures> {
    let mut labels: BTreeMap<String, LabelFigures> = BTreeMap::new();
    for answer in answers {
        let first = std::slice::from_ref(&answer.first.0);
        let said: &[String] = if several { &answer.passing } else { first };
        for label in said {
            labels.entry(label.clone()).or_default().count(true, answer.right.contains(label));
        }
        for label in answer.right.iter().filter(|label| !said.contains(label)) {
            labels.entry(label.clone()).or_default().count(false, true);
        }
    }
    labels
}

/// The mean distance between probability and truth, over classes of probability.
fn calibration_error(answers: &[&Answer]) -> f64 {
    let mut classes = [(0.0, 0.0); CLASSES];
    for answer in answers {
        let probability = f64::from(answer.first.1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability times 15")]
        let class = ((probability * ratio(CLASSES)).ceil() as usize).clamp(1, CLASSES) - 1;
        classes[class].0 += probability;
        classes[class].1 += f64::from(u8::from(answer.is_right()));
    }
    classes.iter().map(|(said, held)| (said - held).abs()).sum::<f64>() / ratio(answers.len().max(1))
}

/// The largest share of the surest answers that is right often enough.
fn coverage(answers: &[&Answer]) -> f64 {
    let mut order: Vec<&&Answer> = answers.iter().collect();
    order.sort_by(|one, other| other.first.1.total_cmp(&one.first.1));
    let (mut right, mut covered) = (0, 0);
    for (at, answer) in order.iter().enumerate() {
        right += usize::from(answer.is_right());
        if share(right, at + 1) >= PRECISION {
            covered = at + 1;
        }
    }
    share(covered, answers.len())
}

/// How often a text in scope is surer than one out of scope.
fn area(inside: &[&Answer], outside: &[&Answer]) -> f64 {
    let mut all: Vec<(f32, bool)> = inside.iter().map(|answer| (answer.first.1, true)).collect();
    all.extend(outside.iter().map(|answer| (answer.first.1, false)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut sum, mut start) = (0.0, 0);
    while start < all.len() {
        let end = start + all[start..].iter().take_while(|one| one.0.total_cmp(&all[start].0).is_eq()).count();
        let within = all[start..end].iter().filter(|one| one.1).count();
        sum += ratio(within) * ratio(start + end + 1) / 2.0;
        start = end;
    }
    let count = ratio(inside.len());
    (sum - count * (count + 1.0) / 2.0) / (count * ratio(outside.len())).max(1.0)
}

fn primaries(answers: &[&Answer]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for label in answers.iter().filter_map(|answer| answer.right.first()) {
        *counts.entry(label.clone()).or_default() += 1;
    }
    counts
}

fn confusions(answers: &[&Answer]) -> Vec<(String, String, usize)> {
    let mut counts: BTreeMap<(&String, &String), usize> = BTreeMap::new();
    for answer in answers.iter().filter(|answer| !answer.is_primary()) {
        *counts.entry((&answer.right[0], &answer.first.0)).or_default() += 1;
    }
    let mut confusions: Vec<_> =
        counts.into_iter().map(|((right, said), count)| (right.clone(), said.clone(), count)).collect();
    confusions.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    confusions
}

fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { ratio(part) / ratio(all) }
}

#[expect(clippy::cast_precision_loss, reason = "there are few texts")]
const fn ratio(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(right: &[&str], first: &str, probability: f32) -> Answer {
        let owned = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
        let passing = if probability > 0.5 { owned(&[first]) } else { Vec::new() };
        Answer { right: owned(right), first: (first.to_owned(), probability), passing }
    }

    #[test]
    fn shares_are_counted_over_the_texts_in_scope() {
        let found = figures(&[
            answer(&["a"], "a", 0.9),
            answer(&["a"], "b", 0.8),
            answer(&["b"], "b", 0.4),
            answer(&["b"], "b", 0.9),
            answer(&[], "b", 0.3),
        ]);
        assert_eq!((found.texts, found.out_of_scope), (4, 1));
        assert!((found.accuracy - 0.75).abs() < 1e-9 && (found.coverage - 0.75).abs() < 1e-9);
        assert!((found.coverage_at_95 - 0.5).abs() < 1e-9);
        assert_eq!(found.scope_area, Some(1.0));
        assert_eq!(found.confusions, [("a".to_owned(), "b".to_owned(), 1)]);
        assert!((found.labels["b"].precision() - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn sure_and_right_has_no_calibration_error() {
        let found = figures(&[answer(&["a"], "a", 1.0), answer(&["b"], "b", 1.0)]);
        assert!(found.calibration_error.abs() < 1e-9);
    }

    #[test]
    fn no_answers_give_no_division_by_zero() {
        assert_eq!(figures(&[]).accuracy.to_bits(), 0.0_f64.to_bits());
    }
}
