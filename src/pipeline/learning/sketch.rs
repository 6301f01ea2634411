//! A letter in few numbers: its strongest features, for telling how alike two letters are.

/// How many features are kept of a letter: one and a half kilobytes.
const STRONGEST: usize = 192;

/// The strongest features of a letter, ascending by number, together of length one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sketch(Vec<(u32, f32)>);

impl Sketch {
    /// The sketch of a letter's features.
    pub(super) fn of(mut features: Vec<(u32, f32)>) -> Self {
        let stronger = |one: &(u32, f32), other: &(u32, f32)| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0));
        if features.len() > STRONGEST {
            features.select_nth_unstable_by(STRONGEST, stronger);
            features.truncate(STRONGEST);
        }
        features.sort_unstable_by_key(|(number, _)| *number);
        let length = features.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            for (_, value) in &mut features {
                *value /= length;
            }
        }
        Self(features)
    }

    /// How alike two letters are: 0 to 1.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let (mut sum, mut ours, mut theirs) = (0.0, self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((one, own)), Some((two, value))) = (ours.peek(), theirs.peek()) {
            let order = one.cmp(two);
            if order.is_eq() {
                sum += own * value;
            }
            if order.is_le() {
                ours.next();
            }
            if order.is_ge() {
                theirs.next();
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_like_itself_and_unlike_one_without_a_shared_feature() {
        let sketch = Sketch::of(vec![(7, 0.5), (2, 2.0)]);
        assert!((sketch.likeness(&sketch) - 1.0).abs() < 1e-6);
        assert!(sketch.likeness(&Sketch::of(vec![(3, 1.0)])).abs() < 1e-6);
        assert!(Sketch::default().likeness(&sketch).abs() < 1e-6);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn the_strongest_features_are_kept() {
        let sketch = Sketch::of((0..1000_u32).map(|number| (number, number as f32)).collect());
        assert_eq!(sketch.0.len(), STRONGEST);
        assert!(sketch.0.iter().all(|(number, _)| *number >= 1000 - 192));
    }
}
