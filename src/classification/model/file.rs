//! A model as bytes: all numbers in little-endian order, a digest of all at the end.

use super::calibration::{Calibration, Manner};
use super::features::Reach;
use super::head::{COLUMNS, Head, Line, Spelling, Weights, lines};
use super::logistic::FIGURES;
use super::vocabulary::Vocabulary;
use super::{Answerer, Model};

/// What every model file starts with.
const MARK: &[u8] = b"penstock model 2\n";

/// Bytes that are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("this is no model that this version can read, or it is damaged")
    }
}

impl std::error::Error for Unreadable {}

impl Model {
    /// The model as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = written(self);
        bytes.extend_from_slice(&digest(&bytes).to_le_bytes());
        bytes
    }

    /// The model of such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (content, end) = bytes.split_at_checked(bytes.len().saturating_sub(8)).ok_or(Unreadable)?;
        if end != digest(content).to_le_bytes() {
            return Err(Unreadable);
        }
        let mut reader = Reader { rest: content.strip_prefix(MARK).ok_or(Unreadable)? };
        let vocabulary = reader.vocabulary()?;
        let topics = reader.answerer(0, &vocabulary)?;
        let first = topics.names.len();
        let circumstances = reader.answerer(first, &vocabulary)?;
        let weights = reader.weights(vocabulary.len(), first + circumstances.names.len())?;
        let name = format!("{:016x}", digest(content));
        let spelling = Spelling::of(&vocabulary, &weights, &topics.head);
        Ok(Self { vocabulary, weights, spelling, topics, circumstances, name })
    }
}

/// The name of a model: the digest of its bytes.
pub(super) fn name(model: &Model) -> String {
    format!("{:016x}", digest(&written(model)))
}

/// Eight bytes at a time; guards against damage, not against malice.
fn digest(bytes: &[u8]) -> u64 {
    let mut sum = 0x51_7c_c1_b7_27_22_0a_95_u64;
    for chunk in bytes.chunks(8) {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        sum = (sum.rotate_left(5) ^ u64::from_le_bytes(eight)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^= sum >> 32;
    }
    sum
}

fn written(model: &Model) -> Vec<u8> {
    let mut writer = Writer { bytes: MARK.to_vec() };
    let vocabulary = &model.vocabulary;
    writer.bytes.push(vocabulary.reach as u8);
    for end in vocabulary.ends {
        writer.count(end);
    }
    for number in &vocabulary.numbers {
        writer.bytes.extend_from_slice(&number.to_le_bytes());
    }
    writer.floats(&vocabulary.rarity);
    for word in &vocabulary.words {
        writer.text(word);
    }
    writer.answerer(&model.topics);
    writer.answerer(&model.circumstances);
    writer.floats(&model.weights.units);
    #[expect(clippy::cast_possible_truncation, reason = "they are whole numbers of 16 bits")]
    let packed: Vec<i16> = model.weights.packed.iter().flat_map(|line| line.0).map(|weight| weight as i16).collect();
    writer.shorts(&packed);
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn floats(&mut self, floats: &[f32]) {
        for float in floats {
            self.bytes.extend_from_slice(&float.to_le_bytes());
        }
    }

    fn shorts(&mut self, shorts: &[i16]) {
        self.count(shorts.len());
        for short in shorts {
            self.bytes.extend_from_slice(&short.to_le_bytes());
        }
    }

    fn answerer(&mut self, answerer: &Answerer) {
        self.count(answerer.names.len());
        for name in &answerer.names {
            self.text(name);
        }
        let head = &answerer.head;
        self.floats(&[head.mean_unit]);
        self.shorts(&head.means);
        let calibration = &answerer.calibration;
        self.bytes.push(calibration.manner as u8);
        self.floats(&[calibration.temperature]);
        self.floats(&calibration.first);
        for each in &calibration.each {
            self.floats(each);
        }
        self.floats(&calibration.thresholds);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn bytes(&mut self, length: usize) -> Result<&[u8], Unreadable> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Unreadable)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Unreadable> {
        self.bytes(LENGTH)?.try_into().map_err(|_| Unreadable)
    }

    fn count(&mut self) -> Result<usize, Unreadable> {
        usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| Unreadable)
    }

    fn fours<T>(&mut self, count: usize, read: fn([u8; 4]) -> T) -> Result<Vec<T>, Unreadable> {
        let bytes = self.bytes(count.checked_mul(4).ok_or(Unreadable)?)?;
        Ok(bytes.chunks_exact(4).map(|four| read([four[0], four[1], four[2], four[3]])).collect())
    }

    fn float(&mut self) -> Result<f32, Unreadable> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    fn figures(&mut self) -> Result<[f32; FIGURES], Unreadable> {
        Ok([self.float()?, self.float()?, self.float()?])
    }

    fn shorts(&mut self, wanted: Option<usize>) -> Result<Vec<i16>, Unreadable> {
        let count = self.count()?;
        if Some(count) != wanted {
            return Err(Unreadable);
        }
        let bytes = self.bytes(count.checked_mul(2).ok_or(Unreadable)?)?;
        Ok(bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect())
    }

    fn vocabulary(&mut self) -> Result<Vocabulary, Unreadable> {
        let reach = match self.array()? {
            [0] => Reach::Short,
            [1] => Reach::Long,
            _ => return Err(Unreadable),
        };
        let ends = [self.count()?, self.count()?, self.count()?, self.count()?];
        let [words, .., all] = ends;
        if !ends.is_sorted() || u32::try_from(all).is_err() {
            return Err(Unreadable);
        }
        let numbers = self.fours(all, u32::from_le_bytes)?;
        let rarity = self.fours(all, f32::from_le_bytes)?;
        let words = (0..words).map(|_| self.text()).collect::<Result<_, _>>()?;
        Ok(Vocabulary::from_parts(reach, words, numbers, rarity, ends))
    }

    fn weights(&mut self, rows: usize, labels: usize) -> Result<Weights, Unreadable> {
        let lines = lines(labels);
        let units = self.fours(lines * COLUMNS, f32::from_le_bytes)?;
        let shorts = self.shorts((rows + 1).checked_mul(lines * COLUMNS))?;
        let line = |shorts: &[i16]| {
            let mut line = Line([0.0; COLUMNS]);
            line.0.iter_mut().zip(shorts).for_each(|(to, from)| *to = f32::from(*from));
            line
        };
        Ok(Weights { lines, units, packed: shorts.chunks_exact(COLUMNS).map(line).collect() })
    }

    fn text(&mut self) -> Result<String, Unreadable> {
        let length = self.count()?;
        String::from_utf8(self.bytes(length)?.to_vec()).map_err(|_| Unreadable)
    }

    fn answerer(&mut self, first_column: usize, vocabulary: &Vocabulary) -> Result<Answerer, Unreadable> {
        let first_piece = vocabulary.first_piece();
        let pieces = vocabulary.len() - first_piece;
        let labels = self.count()?;
        let names: Vec<String> = (0..labels).map(|_| self.text()).collect::<Result<_, _>>()?;
        let mean_unit = self.float()?;
        let means = self.shorts(pieces.checked_mul(labels))?;
        let head = Head { labels, first_column, means, mean_unit, first_piece };
        let manner = match self.array()? {
            [0] => Manner::One,
            [1] => Manner::Several,
            [2] => Manner::Any,
            _ => return Err(Unreadable),
        };
        let (temperature, first) = (self.float()?, self.figures()?);
        let each = (0..labels).map(|_| self.figures()).collect::<Result<_, _>>()?;
        let thresholds = self.fours(labels, f32::from_le_bytes)?;
        Ok(Answerer { names, head, calibration: Calibration { manner, temperature, first, each, thresholds } })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Example, Words};
    use super::*;

    fn model() -> Model {
        let example = |text: &str, label: &str| Example {
            words: Words::of(text),
            labels: vec![label.to_owned()],
            circumstances: vec!["late".to_owned()],
        };
        Model::train(&[example("agua sucia", "field"), example("paid twice", "double")])
    }

    #[test]
    fn a_model_comes_back_from_its_bytes() {
        let model = model();
        assert_eq!(Model::from_bytes(&model.to_bytes()), Ok(model));
    }

    #[test]
    fn damaged_or_cut_bytes_are_refused() {
        let bytes = model().to_bytes();
        for cut in [0, 5, 20, bytes.len() / 2, bytes.len() - 1] {
            assert_eq!(Model::from_bytes(&bytes[..cut]), Err(Unreadable));
        }
        let mut damaged = bytes;
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        assert_eq!(Model::from_bytes(&damaged), Err(Unreadable));
    }
}
