//! The trained weights of one set of labels, small enough to lie in the processor's cache, and
//! how like its label's examples a text looks.

use super::reading::{Reading, Vector};
use super::solver::{Matrix, solve};
use super::vocabulary::Vocabulary;

/// How much the labels' mean texts count beside what was learned.
const MEANS: f32 = 0.1;
/// How much telling primary labels apart counts beside telling all labels apart.
const PRIMARY: f32 = 0.7;
/// The least likeness; below it all is equally strange.
const STRANGE: f32 = 0.01;

/// How many columns lie together.
pub(super) const COLUMNS: usize = 16;

/// As many weights as one line of the processor's cache holds, added together.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [f32; COLUMNS]);

impl Line {
    const EMPTY: Self = Self([0.0; COLUMNS]);

    fn add(&mut self, other: &Self, times: f32) {
        for (sum, term) in self.0.iter_mut().zip(&other.0) {
            *sum += term * times;
        }
    }
}

/// The weights of all labels, small enough for the processor's cache.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// Rows are as many lines wide as this.
    pub(super) lines: usize,
    /// The labels of a feature side by side, in whole units of their column; the last row counts
    /// for every text. A file keeps 16 bits of each.
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
        let mut all = vec![Line::EMPTY; rows * lines];
        let (mut units, mut first) = (vec![1.0; lines * COLUMNS], 0);
        for (matrix, labels) in matrices {
            let (packed, unit) = packed(&matrix.weights);
            for (row, from) in packed.chunks(matrix.width).enumerate() {
                for (column, from) in (first..).zip(&from[..*labels]) {
                    all[row * lines + column / COLUMNS].0[column % COLUMNS] = f32::from(*from);
                }
            }
            units[first..first + labels].fill(unit);
            first += labels;
        }
        Self { lines, packed: all, units }
    }

    /// A weight, in its column's units.
    pub(super) fn weight(&self, row: u32, column: usize) -> f32 {
        self.packed[row as usize * self.lines + column / COLUMNS].0[column % COLUMNS]
    }

    /// The scores of a text, one for each column.
    pub(super) fn scores(&self, vector: &Vector) -> Vec<f32> {
        self.scaled(|line, sum| self.add_rows(line, sum, &vector.values))
    }

    /// The scores of a text, given what the known words add by their pieces.
    pub(super) fn scores_of(&self, reading: &Reading, spelling: &Spelling) -> Vec<f32> {
        self.scaled(|line, sum| {
            for term in &reading.terms {
                sum.add(&self.packed[term.row as usize * self.lines + line], term.value);
                if term.pieces > 0.0 {
                    sum.add(&spelling.sums[term.row as usize * self.lines + line], term.pieces);
                }
            }
            self.add_rows(line, sum, reading.stranger_pieces());
        })
    }

    /// Adds one line of some rows.
    fn add_rows(&self, line: usize, sum: &mut Line, values: &[(u32, f32)]) {
        for (row, value) in values {
            sum.add(&self.packed[*row as usize * self.lines + line], *value);
        }
    }

    /// Sums line by line, so that a sum stays in the processor's registers.
    fn scaled(&self, add: impl Fn(usize, &mut Line)) -> Vec<f32> {
        let last = self.packed.len() - self.lines;
        let mut scores = Vec::with_capacity(self.units.len());
        for (line, units) in self.units.chunks(COLUMNS).enumerate() {
            let mut sum = self.packed[last + line];
            add(line, &mut sum);
            scores.extend(sum.0.iter().zip(units).map(|(score, unit)| score * unit));
        }
        scores
    }
}

/// What each known word adds by its pieces, summed beforehand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spelling {
    /// To the scores, as wide as the weights.
    sums: Vec<Line>,
    /// To the likeness: for each word as many as there are labels.
    likeness: Vec<f32>,
}

impl Spelling {
    pub(super) fn of(vocabulary: &Vocabulary, weights: &Weights, head: &Head) -> Self {
        let words = vocabulary.words.len();
        let (mut sums, mut likeness) = (vec![Line::EMPTY; words * weights.lines], vec![0.0; words * head.labels]);
        for (row, sums) in (0..).zip(sums.chunks_mut(weights.lines)) {
            let (pieces, _) = vocabulary.spelling(row).unwrap_or_default();
            sums.iter_mut().enumerate().for_each(|(line, sum)| weights.add_rows(line, sum, pieces));
            for (label, likeness) in likeness[row as usize * head.labels..][..head.labels].iter_mut().enumerate() {
                *likeness = head.product(pieces, label);
            }
        }
        Self { sums, likeness }
    }

    /// What a word adds to one score.
    pub(super) fn sum(&self, word: u32, column: usize, lines: usize) -> f32 {
        self.sums[word as usize * lines + column / COLUMNS].0[column % COLUMNS]
    }
}

/// What is to be learned of some texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Targets<'a> {
    /// The numbers of each text's labels, the primary first.
    pub(super) texts: &'a [&'a [u32]],
    /// How many labels there are.
    pub(super) labels: usize,
    /// Whether the first label of a text is more than the others.
    pub(super) ordered: bool,
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
    /// Learns from texts.
    pub(super) fn train(vocabulary: &Vocabulary, vectors: &[&Vector], targets: &Targets<'_>) -> (Self, Matrix) {
        let (rows, Targets { texts: targets, labels, ordered }) = (vocabulary.len(), *targets);
        let mut matrix = solve(vectors, targets, rows, labels);
        if ordered {
            let primary: Vec<&[u32]> = targets.iter().map(|targets| &targets[..targets.len().min(1)]).collect();
            matrix.add(&solve(vectors, &primary, rows, labels), PRIMARY);
        }
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
