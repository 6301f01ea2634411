//! From scores to probabilities that keep their word, and from which probability on a label
//! counts: both learned from texts that the weights had not seen.

use super::logistic::{FIGURES, Observation, fit, probability};

/// How much strangeness lowers the trust in the likeliest label.
const STRANGENESS: f32 = 1.0;
/// How strongly a label's own factors are drawn to those of all labels.
const PULL: f64 = 8.0;
/// The lowest threshold, and how many are tried from it upwards.
const LOWEST: f32 = 0.25;
const THRESHOLDS: u8 = 15;
/// How many texts' worth of all labels' experience counts in one label's threshold.
const SHARED: f32 = 12.0;

/// How labels go together in the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Every text has one.
    One,
    /// Every text has one or more, the primary first.
    Several,
    /// A text has any number, or none; missing one is worse than a false alarm.
    Any,
}

/// What was learned about the scores.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calibration {
    pub(super) manner: Manner,
    /// Sharpens scores before they compete.
    pub(super) temperature: f32,
    /// From the trust in the likeliest label to its probability.
    pub(super) first: [f32; FIGURES],
    /// For each label from its score to its probability.
    pub(super) each: Vec<[f32; FIGURES]>,
    /// For each label the probability from which it counts.
    pub(super) thresholds: Vec<f32>,
}

/// A text that the weights had not seen, as they judge it.
#[derive(Debug, Clone)]
pub(super) struct Judged<'a> {
    pub(super) scores: Vec<f32>,
    /// How like the mean text of the likeliest label it is.
    pub(super) likeness: f32,
    pub(super) targets: &'a [u32],
}

impl Calibration {
    /// One that was learned from nothing.
    pub(super) fn plain(manner: Manner, labels: usize) -> Self {
        Self {
            manner,
            temperature: 1.0,
            first: [1.0, 0.0, 0.0],
            each: vec![[1.0, 0.0, -2.0]; labels],
            thresholds: vec![0.5; labels],
        }
    }

    /// Learns from texts that the weights had not seen.
    pub(super) fn learn(manner: Manner, labels: usize, judged: &[Judged<'_>]) -> Self {
        let mut calibration = Self::plain(manner, labels);
        if judged.is_empty() || labels == 0 {
            return calibration;
        }
        calibration.temperature = best_temperature(judged);
        calibration.learn_first(judged);
        if manner != Manner::One {
            calibration.learn_each(judged);
        }
        calibration.learn_thresholds(judged);
        calibration
    }

    fn learn_first(&mut self, judged: &[Judged<'_>]) {
        let observations: Vec<Observation> = judged
            .iter()
            .map(|text| {
                let shares = shares(&text.scores, self.temperature);
                let first = likeliest(&shares);
                let right = text.targets.iter().any(|target| *target as usize == first);
                (trust(shares[first], text.likeness), right)
            })
            .collect();
        self.first = fit(&observations, self.first, 1.0);
    }

    fn learn_each(&mut self, judged: &[Judged<'_>]) {
        let of = |label: usize| -> Vec<Observation> {
            judged
                .iter()
                .map(|text| {
                    let held = text.targets.iter().any(|target| *target as usize == label);
                    (self.figures(&text.scores, label), held)
                })
                .collect()
        };
        let all: Vec<Observation> = (0..self.each.len()).flat_map(of).collect();
        let shared = fit(&all, [1.0, 0.0, -1.0], 1.0);
        self.each = (0..self.each.len()).map(|label| fit(&of(label), shared, PULL)).collect();
    }

    /// What speaks for a label: its score, and how it stands among the others.
    fn figures(&self, scores: &[f32], label: usize) -> [f32; FIGURES] {
        match self.manner {
            Manner::Any => [scores[label], 0.0, 1.0],
            _ => [scores[label], shares(scores, self.temperature)[label].max(1e-6).ln(), 1.0],
        }
    }

    fn learn_thresholds(&mut self, judged: &[Judged<'_>]) {
        let answers: Vec<Vec<f32>> =
            judged.iter().map(|text| self.probabilities(&text.scores, text.likeness)).collect();
        let counts = |label: usize, threshold: f32| {
            let mut counts = Counts::default();
            for (text, answer) in judged.iter().zip(&answers) {
                counts.add(answer[label] >= threshold, text.targets.iter().any(|target| *target as usize == label));
            }
            counts
        };
        let steps: Vec<f32> = (0..THRESHOLDS).map(|step| LOWEST + 0.025 * f32::from(step)).collect();
        let table: Vec<Vec<Counts>> = steps
            .iter()
            .map(|threshold| (0..self.each.len()).map(|label| counts(label, *threshold)).collect())
            .collect();
        let missing = if self.manner == Manner::Any { 4.0 } else { 1.0 };
        let shared: Vec<Counts> = table.iter().map(|row| Counts::mean(row)).collect();
        self.thresholds = (0..self.each.len())
            .map(|label| {
                let worth = |step: usize| table[step][label].with(&shared[step], SHARED).worth(missing);
                let best = (0..steps.len()).max_by(|one, other| worth(*one).total_cmp(&worth(*other)));
                steps[best.unwrap_or_default()]
            })
            .collect();
    }

    /// The probability of each label, given the scores and the likeness of the likeliest.
    pub(super) fn probabilities(&self, scores: &[f32], likeness: f32) -> Vec<f32> {
        if self.manner == Manner::Any {
            let each = |label: usize| probability(&self.each[label], &self.figures(scores, label));
            return (0..scores.len()).map(each).collect();
        }
        let mut answers = shares(scores, self.temperature);
        let Some(first) = (!answers.is_empty()).then(|| likeliest(&answers)) else { return answers };
        let sure = probability(&self.first, &trust(answers[first], likeness));
        if self.manner == Manner::One {
            let before = answers[first];
            let factor = if sure > before { (1.0 - sure) / (1.0 - before).max(1e-6) } else { sure / before };
            for answer in &mut answers {
                *answer *= factor;
            }
        } else {
            for (label, answer) in answers.iter_mut().enumerate() {
                let figures = [scores[label], answer.max(1e-6).ln(), 1.0];
                *answer = probability(&self.each[label], &figures).min(sure);
            }
        }
        answers[first] = sure;
        answers
    }
}

/// Right and wrong answers of a threshold.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    right: f32,
    false_alarms: f32,
    missed: f32,
}

impl Counts {
    fn add(&mut self, said: bool, holds: bool) {
        match (said, holds) {
            (true, true) => self.right += 1.0,
            (true, false) => self.false_alarms += 1.0,
            (false, true) => self.missed += 1.0,
            (false, false) => {}
        }
    }

    /// The counts of several labels, as shares of all that hold.
    fn mean(counts: &[Self]) -> Self {
        let holding: f32 = counts.iter().map(|count| count.right + count.missed).sum::<f32>().max(1.0);
        let share = |part: fn(&Self) -> f32| counts.iter().map(part).sum::<f32>() / holding;
        Self {
            right: share(|count| count.right),
            false_alarms: share(|count| count.false_alarms),
            missed: share(|count| count.missed),
        }
    }

    fn with(&self, other: &Self, weight: f32) -> Self {
        Self {
            right: self.right + other.right * weight,
            false_alarms: self.false_alarms + other.false_alarms * weight,
            missed: self.missed + other.missed * weight,
        }
    }

    /// The harmonic mean of precision and recall, a missed one counting `missing` times.
    fn worth(&self, missing: f32) -> f32 {
        let all = (1.0 + missing) * self.right + self.false_alarms + missing * self.missed;
        (1.0 + missing) * self.right / all.max(f32::MIN_POSITIVE)
    }
}

/// What speaks for the likeliest label: its share, less where the text looks strange.
fn trust(share: f32, likeness: f32) -> [f32; FIGURES] {
    [share.max(1e-6).ln() + STRANGENESS * likeness.ln(), 0.0, 1.0]
}

/// Shares of the labels that sum to one, the sharper the higher the temperature's factor.
pub(super) fn shares(scores: &[f32], factor: f32) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut shares: Vec<f32> = scores.iter().map(|score| ((score - largest) * factor).exp()).collect();
    let sum: f32 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    shares
}

/// The place of the largest number, the first of equal ones.
pub(super) fn likeliest(numbers: &[f32]) -> usize {
    (0..numbers.len()).rev().max_by(|one, other| numbers[*one].total_cmp(&numbers[*other])).unwrap_or(0)
}

/// The factor that makes the primary labels as likely as can be.
fn best_temperature(judged: &[Judged<'_>]) -> f32 {
    let surprise = |factor: f32| -> f32 {
        let of = |text: &Judged<'_>| {
            text.targets.first().map_or(0.0, |target| -shares(&text.scores, factor)[*target as usize].max(1e-9).ln())
        };
        judged.iter().map(of).sum()
    };
    let (mut low, mut high) = (0.2_f32.ln(), 30.0_f32.ln());
    for _ in 0..16 {
        let (one, other) = (low + (high - low) * 0.382, low + (high - low) * 0.618);
        if surprise(one.exp()) < surprise(other.exp()) {
            high = other;
        } else {
            low = one;
        }
    }
    f32::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_stay_in_order_and_sum_to_at_most_one() {
        let judged: Vec<Judged<'_>> = (0..40_u8)
            .map(|at| Judged {
                scores: vec![f32::from(at % 4), 1.0, 0.5],
                likeness: 0.5,
                targets: if at % 4 > 1 { &[0] } else { &[1] },
            })
            .collect();
        let calibration = Calibration::learn(Manner::One, 3, &judged);
        for scores in [[3.0, 1.0, 0.5], [0.0, 1.0, 0.5]] {
            let answers = calibration.probabilities(&scores, 0.5);
            assert!(answers.iter().sum::<f32>() <= 1.001, "{answers:?}");
            assert_eq!(likeliest(&answers), likeliest(&scores));
        }
    }

    #[test]
    fn a_strange_text_is_less_sure() {
        let calibration = Calibration::plain(Manner::One, 2);
        let [familiar, strange] = [0.8, 0.1].map(|likeness| calibration.probabilities(&[2.0, 0.0], likeness)[0]);
        assert!(strange < familiar);
    }
}
