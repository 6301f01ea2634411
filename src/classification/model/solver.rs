//! Learns weights: a linear support vector machine with squared hinge loss for each label, all
//! labels in one walk over the texts, by coordinate descent on the dual.

use super::reading::Vector;

/// How much an error costs beside large weights.
const COST: f32 = 0.5;
/// The most walks over the texts.
const WALKS: usize = 8;
/// A walk that changes no text's share more than this is the last.
const STILL: f32 = 1e-3;
/// Rows are as wide as this many labels, or a multiple of it, so that they are computed together.
const LANES: usize = 8;

/// Weights: the labels of a feature side by side, the last row for what every text has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub(super) width: usize,
    pub(super) weights: Vec<f32>,
}

impl Matrix {
    /// A matrix of nothing.
    pub(super) fn empty(rows: usize, labels: usize) -> Self {
        let width = width(labels);
        Self { width, weights: vec![0.0; (rows + 1) * width] }
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.weights[row * self.width..][..self.width]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.weights[row * self.width..][..self.width]
    }

    /// The last row, which counts for every text.
    pub(super) fn last(&self) -> usize {
        self.weights.len() / self.width - 1
    }

    /// The scores of a text.
    pub(super) fn scores_into(&self, vector: &Vector, scores: &mut [f32]) {
        scores.copy_from_slice(self.row(self.last()));
        for (row, value) in &vector.values {
            add(scores, self.row(*row as usize), *value);
        }
    }

    /// The scores of a text for the first labels.
    pub(super) fn scores(&self, vector: &Vector, labels: usize) -> Vec<f32> {
        let mut scores = vec![0.0; self.width];
        self.scores_into(vector, &mut scores);
        scores.truncate(labels);
        scores
    }

    /// Adds a text's values, times an amount for each label.
    fn learn(&mut self, vector: &Vector, amounts: &[f32]) {
        let last = self.last();
        for (row, value) in &vector.values {
            add(self.row_mut(*row as usize), amounts, *value);
        }
        add(self.row_mut(last), amounts, 1.0);
    }

    /// Adds another matrix, times a factor.
    pub(super) fn add(&mut self, other: &Self, factor: f32) {
        add(&mut self.weights, &other.weights, factor);
    }
}

/// How wide the rows for this many labels are.
pub(super) const fn width(labels: usize) -> usize {
    if labels == 0 { LANES } else { labels.div_ceil(LANES) * LANES }
}

fn add(sums: &mut [f32], terms: &[f32], factor: f32) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += term * factor;
    }
}

/// Weights that tell the texts of each label from the others.
pub(super) fn solve(vectors: &[&Vector], targets: &[&[u32]], rows: usize, labels: usize) -> Matrix {
    let mut matrix = Matrix::empty(rows, labels);
    let mut shares = vec![0.0_f32; vectors.len() * matrix.width];
    let mut walk = Walk::new(matrix.width);
    for pass in 0..WALKS {
        let mut largest = 0.0_f32;
        for at in shuffled(vectors.len(), pass as u64) {
            let shares = &mut shares[at * matrix.width..][..matrix.width];
            largest = largest.max(walk.step(&mut matrix, vectors[at], targets[at], shares));
        }
        if largest < STILL {
            break;
        }
    }
    matrix
}

/// What one step needs to write on.
struct Walk {
    scores: Vec<f32>,
    signs: Vec<f32>,
}

impl Walk {
    fn new(width: usize) -> Self {
        Self { scores: vec![0.0; width], signs: vec![-1.0; width] }
    }

    /// Brings the shares of one text to their best values; gives the largest change.
    fn step(&mut self, matrix: &mut Matrix, vector: &Vector, targets: &[u32], shares: &mut [f32]) -> f32 {
        let slack = 1.0 / (2.0 * COST);
        let curvature = 1.0 + slack + vector.values.iter().map(|(_, value)| value * value).sum::<f32>();
        matrix.scores_into(vector, &mut self.scores);
        self.signs.fill(-1.0);
        for target in targets {
            self.signs[*target as usize] = 1.0;
        }
        let mut largest = 0.0_f32;
        for ((score, sign), share) in self.scores.iter_mut().zip(&self.signs).zip(shares) {
            let gradient = sign * *score - 1.0 + slack * *share;
            let better = (*share - gradient / curvature).max(0.0);
            let change = better - *share;
            *share = better;
            // From here on the score holds the change that is to be learned.
            *score = change * sign;
            largest = largest.max(change.abs());
        }
        if largest > 1e-6 {
            matrix.learn(vector, &self.scores);
        }
        largest
    }
}

/// The numbers below a count in an order that looks shuffled and is always the same.
pub(super) fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed + 7);
    for at in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from((state >> 33) % (at as u64 + 1)).unwrap_or(0);
        order.swap(at, other);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &[(u32, f32)]) -> Vector {
        Vector { values: values.to_vec() }
    }

    #[test]
    fn what_can_be_told_apart_is_told_apart() {
        let vectors = [vector(&[(0, 1.0)]), vector(&[(1, 1.0)]), vector(&[(0, 0.7), (2, 0.7)])];
        let matrix = solve(&vectors.each_ref(), &[&[0], &[1], &[0]], 3, 2);
        for (vector, label) in vectors.iter().zip([0, 1, 0]) {
            let scores = matrix.scores(vector, 2);
            assert!(scores[label] > scores[1 - label], "{scores:?}");
        }
    }

    #[test]
    fn an_order_holds_every_number_once() {
        let mut order = shuffled(100, 3);
        assert_ne!(order[..5], [0, 1, 2, 3, 4]);
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
