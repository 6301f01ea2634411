//! The trained weights of one set of labels, small enough to lie in the processor's cache, and
//! how like its label's examples a text looks.

use super::solver::{Matrix, solve, width};
use super::vocabulary::{Vector, Vocabulary};

/// How much the labels' mean texts count beside what was learned.
const MEANS: f32 = 0.1;
/// The least likeness; below it all is equally strange.
const STRANGE: f32 = 0.01;

/// The weights of all labels, small enough for the processor's cache.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// Rows are as wide as this.
    pub(super) width: usize,
    /// The labels of a feature side by side, in whole units of their column; the last row counts
    /// for every text. A file keeps 16 bits of each.
    pub(super) packed: Vec<f32>,
    pub(super) units: Vec<f32>,
}

impl Weights {
    /// The columns of several matrices side by side.
    pub(super) fn join(matrices: &[(&Matrix, usize)]) -> Self {
        let labels = matrices.iter().map(|(_, labels)| labels).sum();
        let width = width(labels);
        let rows = matrices.first().map_or(0, |(matrix, _)| matrix.last() + 1);
        let (mut all, mut units, mut first) = (vec![0.0; rows * width], vec![1.0; width], 0);
        for (matrix, labels) in matrices {
            let (packed, unit) = packed(&matrix.weights);
            for (to, from) in all.chunks_mut(width).zip(packed.chunks(matrix.width)) {
                for (to, from) in to[first..].iter_mut().zip(&from[..*labels]) {
                    *to = f32::from(*from);
                }
            }
            units[first..first + labels].fill(unit);
            first += labels;
        }
        Self { width, packed: all, units }
    }

    /// The row of a feature.
    pub(super) fn row(&self, row: u32) -> &[f32] {
        &self.packed[row as usize * self.width..][..self.width]
    }

    /// The scores of a text, one for each column.
    pub(super) fn scores(&self, vector: &Vector) -> Vec<f32> {
        let last = self.packed.len() - self.width;
        let mut scores = self.packed[last..].to_vec();
        for (row, value) in &vector.values {
            for (score, weight) in scores.iter_mut().zip(self.row(*row)) {
                *score += weight * value;
            }
        }
        scores.iter_mut().zip(&self.units).for_each(|(score, unit)| *score *= unit);
        scores
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
        let first_piece = vocabulary.ends[1];
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
        let pieces = self.means.len() / self.labels.max(1);
        let means = &self.means[label * pieces..][..pieces];
        let (mut product, mut length) = (0.0_f32, 0.0_f32);
        for (row, value) in &vector.values {
            if let Some(mean) = (*row as usize).checked_sub(self.first_piece).map(|at| means[at]) {
                product += f32::from(mean) * value;
                length += value * value;
            }
        }
        (product * self.mean_unit / length.sqrt().max(f32::MIN_POSITIVE)).clamp(STRANGE, 1.0)
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
