//! The trained weights of one set of labels, small enough to lie in the processor's cache, and
//! how like its label's examples a text looks.

use super::solver::{Matrix, solve};
use super::reading::{Reading, Vector};
use super::vocabulary::Vocabulary;

/// How much the labels' mean texts count beside what was learned.
const MEANS: f32 = 0.1;
/// The least likeness; below it all is equally strange.
const STRANGE: f32 = 0.01;

/// How many columns lie together.
pub(super) const COLUMNS: usize = 32;

/// As many weights as one line of the processor's cache holds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [i16; COLUMNS]);

/// The weights of all labels, small enough for the processor's cache.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// Rows are as many lines wide as this.
    pub(super) lines: usize,
    /// The labels of a feature side by side, in whole units of their column; the last row counts
    /// for every text.
    pub(super) packed: Vec<Line>,
    pub(super) units: Vec<f32>,
}

/// How many lines this many labels take.
pub(super) const fn lines(labels: usize) -> usize {
    if labels == 0 { 1 } else { labels.div_ceil(COLUMNS) }
}

impl Weights {
    /// The columns of several matrices side by side.
    pub(super) fn join(matrices: &[(&Matrix, usize)]) -> Self {
        let labels = matrices.iter().map(|(_, labels)| labels).sum();
        let lines = lines(labels);
        let rows = matrices.first().map_or(0, |(matrix, _)| matrix.last() + 1);
        let mut all = vec![Line([0; COLUMNS]); rows * lines];
        let (mut units, mut first) = (vec![1.0; lines * COLUMNS], 0);
        for (matrix, labels) in matrices {
            let (packed, unit) = packed(&matrix.weights);
            for (row, from) in packed.chunks(matrix.width).enumerate() {
                for (column, from) in (first..).zip(&from[..*labels]) {
                    all[row * lines + column / COLUMNS].0[column % COLUMNS] = *from;
                }
            }
            units[first..first + labels].fill(unit);
            first += labels;
        }
        Self { lines, packed: all, units }
    }

    /// How many columns there are, those that only fill up a line among them.
    pub(super) fn width(&self) -> usize {
        self.lines * COLUMNS
    }

    /// The row of a feature.
    fn row(&self, row: u32) -> &[Line] {
        &self.packed[row as usize * self.lines..][..self.lines]
    }

    /// A weight, in its column's units.
    pub(super) fn weight(&self, row: u32, column: usize) -> f32 {
        f32::from(self.row(row)[column / COLUMNS].0[column % COLUMNS])
    }

    /// The scores of a text, one for each column.
    pub(super) fn scores(&self, vector: &Vector) -> Vec<f32> {
        self.scaled(|scores| self.add_rows(&vector.values, scores))
    }

    /// The scores of a text, given what the known words add by their pieces.
    pub(super) fn scores_of(&self, reading: &Reading, spelling: &Spelling) -> Vec<f32> {
        self.scaled(|scores| {
            for term in &reading.terms {
                self.add_row(term.row, term.value, scores);
                if term.pieces > 0.0 {
                    let sums = spelling.sums(term.row, self.width());
                    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum * term.pieces);
                }
            }
            self.add_rows(reading.stranger_pieces(), scores);
        })
    }

    fn add_rows(&self, values: &[(u32, f32)], scores: &mut [f32]) {
        for (row, value) in values {
            self.add_row(*row, *value, scores);
        }
    }

    fn add_row(&self, row: u32, value: f32, scores: &mut [f32]) {
        for (scores, line) in scores.chunks_exact_mut(COLUMNS).zip(self.row(row)) {
            for (score, weight) in scores.iter_mut().zip(&line.0) {
                *score += f32::from(*weight) * value;
            }
        }
    }

    fn scaled(&self, sum: impl FnOnce(&mut [f32])) -> Vec<f32> {
        let mut scores = vec![0.0; self.width()];
        let last = self.packed.len() / self.lines - 1;
        self.add_rows(&[(u32::try_from(last).unwrap_or(u32::MAX), 1.0)], &mut scores);
        sum(&mut scores);
        scores.iter_mut().zip(&self.units).for_each(|(score, unit)| *score *= unit);
        scores
    }
}

/// What each known word adds by its pieces, summed beforehand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spelling {
    /// To the scores: for each word as many as the weights are wide.
    sums: Vec<f32>,
    /// To the likeness: for each word as many as there are labels.
    likeness: Vec<f32>,
}

impl Spelling {
    pub(super) fn of(vocabulary: &Vocabulary, weights: &Weights, head: &Head) -> Self {
        let words = vocabulary.words.len();
        let (mut sums, mut likeness) = (vec![0.0; words * weights.width()], vec![0.0; words * head.labels]);
        for (row, sums) in (0..).zip(sums.chunks_mut(weights.width())) {
            let (pieces, _) = vocabulary.spelling(row).unwrap_or_default();
            weights.add_rows(pieces, sums);
            for (label, likeness) in likeness[row as usize * head.labels..][..head.labels].iter_mut().enumerate() {
                *likeness = head.product(pieces, label);
            }
        }
        Self { sums, likeness }
    }

    /// What a word adds to the scores.
    pub(super) fn sums(&self, word: u32, width: usize) -> &[f32] {
        &self.sums[word as usize * width..][..width]
    }
}

/// A set of labels: where their columns start, and what their texts look like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// How many labels.
    pub(super) labels: usize,
    /// Their first column.
    pub(super) first_column: usize,
    /// For each label the pieces of words of its mean text, in units of `mean_unit`.
    pub(super) means: Vec<i16>,
    pub(super) mean_unit: f32,
    /// The row of the first piece of a word.
    pub(super) first_piece: usize,
}

impl Head {
    /// Learns from texts and the numbers of their labels, the primary first.
    pub(super) fn train(
        vocabulary: &Vocabulary,
        vectors: &[&Vector],
        targets: &[&[u32]],
        labels: usize,
    ) -> (Self, Matrix) {
        let rows = vocabulary.len();
        let mut matrix = solve(vectors, targets, rows, labels);
        let own_spread = spread(&matrix, vectors, labels);
        for weight in &mut matrix.weights {
            *weight /= own_spread;
        }
        let mut means = means(vectors, targets, rows, labels);
        matrix.add(&means, MEANS / spread(&means, vectors, labels));
        let first_piece = vocabulary.first_piece();
        let pieces = first_piece..rows;
        bring_to_length_one(&mut means, pieces.clone());
        let by_label: Vec<f32> =
            (0..labels).flat_map(|label| pieces.clone().map(|row| means.row(row)[label]).collect::<Vec<_>>()).collect();
        let (means, mean_unit) = packed(&by_label);
        (Self { labels, first_column: 0, means, mean_unit, first_piece }, matrix)
    }

    /// The scores of its labels among those of all columns.
    pub(super) fn own<'a>(&self, scores: &'a [f32]) -> &'a [f32] {
        &scores[self.first_column..][..self.labels]
    }

    /// How like the mean text of a label a text is, by the pieces of its words: 0 to 1.
    pub(super) fn likeness(&self, vector: &Vector, label: usize) -> f32 {
        self.product(&vector.values, label).clamp(STRANGE, 1.0)
    }

    /// The same, given what the known words add.
    pub(super) fn likeness_of(&self, reading: &Reading, spelling: &Spelling, label: usize) -> f32 {
        let known = reading.terms.iter().filter(|term| term.pieces > 0.0);
        let own = |word: u32| spelling.likeness[word as usize * self.labels + label];
        let sum: f32 = known.map(|term| own(term.row) * term.pieces).sum();
        (sum + self.product(reading.stranger_pieces(), label)).clamp(STRANGE, 1.0)
    }

    /// The product of the pieces among some rows with the mean text of a label.
    fn product(&self, values: &[(u32, f32)], label: usize) -> f32 {
        let pieces = self.means.len() / self.labels.max(1);
        let means = &self.means[label * pieces..][..pieces];
        let mean = |row: u32| (row as usize).checked_sub(self.first_piece).map_or(0.0, |at| f32::from(means[at]));
        self.mean_unit * values.iter().map(|(row, value)| mean(*row) * value).sum::<f32>()
    }
}

/// Numbers as whole multiples of a unit that fit 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "the unit is chosen so that every quotient fits")]
fn packed(numbers: &[f32]) -> (Vec<i16>, f32) {
    let largest = numbers.iter().fold(f32::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    let unit = largest / f32::from(i16::MAX);
    (numbers.iter().map(|number| (number / unit).round() as i16).collect(), unit)
}

/// The mean text of each label, brought to length one.
fn means(vectors: &[&Vector], targets: &[&[u32]], rows: usize, labels: usize) -> Matrix {
    let mut matrix = Matrix::empty(rows, labels);
    for (vector, targets) in vectors.iter().zip(targets) {
        // Only the primary label's text: a mean of mixed letters is nobody's.
        let Some(target) = targets.first() else { continue };
        for (row, value) in &vector.values {
            matrix.row_mut(*row as usize)[*target as usize] += value;
        }
    }
    bring_to_length_one(&mut matrix, 0..rows);
    matrix
}

/// Brings each column to length one over some rows.
fn bring_to_length_one(matrix: &mut Matrix, rows: std::ops::Range<usize>) {
    let mut lengths = vec![f32::MIN_POSITIVE; matrix.width];
    for row in rows.clone() {
        lengths.iter_mut().zip(matrix.row(row)).for_each(|(length, weight)| *length += weight * weight);
    }
    for length in &mut lengths {
        *length = length.sqrt();
    }
    for row in rows {
        matrix.row_mut(row).iter_mut().zip(&lengths).for_each(|(weight, length)| *weight /= length);
    }
}

/// How far the scores of some of the texts lie around their mean.
#[expect(clippy::cast_precision_loss, reason = "a few thousand scores")]
fn spread(matrix: &Matrix, vectors: &[&Vector], labels: usize) -> f32 {
    let step = (vectors.len() / 500).max(1);
    let scores: Vec<f32> = vectors.iter().step_by(step).flat_map(|vector| matrix.scores(vector, labels)).collect();
    let count = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / count;
    let variance = scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f32>() / count;
    variance.sqrt().max(1e-6)
}
