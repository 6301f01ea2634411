//! A small logistic regression: from a few figures to the probability that something holds.

/// How many figures; the last is usually 1.
pub(super) const FIGURES: usize = 3;
/// Newton's method needs few steps.
const STEPS: usize = 25;

/// Figures with whether it held.
pub(super) type Observation = ([f32; FIGURES], bool);

/// The probability for figures.
pub(super) fn probability(factors: &[f32; FIGURES], figures: &[f32; FIGURES]) -> f32 {
    let sum: f32 = factors.iter().zip(figures).map(|(factor, figure)| factor * figure).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The factors that fit the observations best, drawn to a start as strongly as `pull` says.
#[expect(clippy::cast_possible_truncation, reason = "factors are kept as 32 bits")]
pub(super) fn fit(observations: &[Observation], start: [f32; FIGURES], pull: f64) -> [f32; FIGURES] {
    let start = start.map(f64::from);
    let mut factors = start;
    for _ in 0..STEPS {
        let (mut slope, mut curvature) = ([0.0; FIGURES], [[0.0; FIGURES]; FIGURES]);
        for at in 0..FIGURES {
            slope[at] = pull * (start[at] - factors[at]);
            curvature[at][at] = pull + 1e-9;
        }
        for (figures, held) in observations {
            let figures = figures.map(f64::from);
            let sum: f64 = factors.iter().zip(&figures).map(|(factor, figure)| factor * figure).sum();
            let probability = 1.0 / (1.0 + (-sum).exp());
            let error = f64::from(u8::from(*held)) - probability;
            let weight = probability * (1.0 - probability);
            for at in 0..FIGURES {
                slope[at] += error * figures[at];
                for other in 0..FIGURES {
                    curvature[at][other] += weight * figures[at] * figures[other];
                }
            }
        }
        let step = solved(curvature, slope);
        let largest = step.iter().fold(0.0_f64, |largest, step| largest.max(step.abs()));
        // A step of hundreds means that the observations are told apart without error.
        let short = if largest > 3.0 { 3.0 / largest } else { 1.0 };
        factors.iter_mut().zip(step).for_each(|(factor, step)| *factor += step * short);
        if largest < 1e-7 {
            break;
        }
    }
    factors.map(|factor| factor as f32)
}

/// Solves a small set of linear equations by elimination.
fn solved(mut left: [[f64; FIGURES]; FIGURES], mut right: [f64; FIGURES]) -> [f64; FIGURES] {
    for at in 0..FIGURES {
        let pivot = if left[at][at].abs() < 1e-12 { 1e-12 } else { left[at][at] };
        for below in at + 1..FIGURES {
            let factor = left[below][at] / pivot;
            let upper = left[at];
            for (value, upper) in left[below].iter_mut().zip(upper) {
                *value -= factor * upper;
            }
            right[below] -= factor * right[at];
        }
    }
    let mut solution = [0.0; FIGURES];
    for at in (0..FIGURES).rev() {
        let known: f64 = (at + 1..FIGURES).map(|column| left[at][column] * solution[column]).sum();
        let pivot = if left[at][at].abs() < 1e-12 { 1e-12 } else { left[at][at] };
        solution[at] = (right[at] - known) / pivot;
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_follow_the_observed_shares() {
        let observations: Vec<Observation> = (0..100)
            .map(|at| ([f32::from(u8::from(at < 50)), 0.0, 1.0], at % 10 < if at < 50 { 8 } else { 3 }))
            .collect();
        let factors = fit(&observations, [0.0; FIGURES], 1e-6);
        assert!((probability(&factors, &[1.0, 0.0, 1.0]) - 0.8).abs() < 0.01);
        assert!((probability(&factors, &[0.0, 0.0, 1.0]) - 0.3).abs() < 0.01);
    }

    #[test]
    fn observations_without_error_give_finite_factors() {
        let observations: Vec<Observation> = (0..10_u8).map(|at| ([f32::from(at), 0.0, 1.0], at > 4)).collect();
        assert!(fit(&observations, [0.0; FIGURES], 0.01).iter().all(|factor| factor.is_finite()));
    }
}
