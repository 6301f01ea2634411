//! From a text to its features: words, pairs of words, and pieces of words, accents folded.

/// How many bits a feature's number has.
const BITS: u32 = 18;
/// How many features there are.
pub(super) const FEATURES: usize = 1 << BITS;
/// The longest text that is looked at; letters are far shorter.
const CHARACTERS: usize = 40_000;

/// A word of a text with its place, in Unicode characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Lower case, accents folded.
    pub(super) folded: String,
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    let mut end = 0;
    for (at, character) in text.chars().take(CHARACTERS).enumerate() {
        if character.is_alphanumeric() || is_combining(character) {
            if word.is_empty() {
                start = at;
            }
            fold_into(&mut word, character);
            end = at + 1;
        } else if !word.is_empty() {
            found.push(Token { start, end, folded: std::mem::take(&mut word) });
        }
    }
    if !word.is_empty() {
        found.push(Token { start, end, folded: word });
    }
    found
}

const fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

fn fold_into(word: &mut String, character: char) {
    match character {
        'á' | 'à' | 'ä' | 'â' | 'Á' | 'À' => word.push('a'),
        'é' | 'è' | 'ë' | 'ê' | 'É' | 'È' => word.push('e'),
        'í' | 'ì' | 'ï' | 'Í' => word.push('i'),
        'ó' | 'ò' | 'ö' | 'ô' | 'Ó' => word.push('o'),
        'ú' | 'ù' | 'ü' | 'Ú' | 'Ü' => word.push('u'),
        'ñ' | 'Ñ' => word.push('n'),
        digit if digit.is_ascii_digit() => word.push('0'),
        combining if is_combining(combining) => {}
        other => word.extend(other.to_lowercase()),
    }
}

/// The features of one text: each number once, with the square root of its count.
pub(super) fn features(tokens: &[Token]) -> Vec<(u32, f32)> {
    let mut numbers: Vec<u32> = Vec::with_capacity(tokens.len() * 8);
    for at in 0..tokens.len() {
        token_features(tokens, at, |number| numbers.push(number));
    }
    numbers.sort_unstable();
    let mut found: Vec<(u32, f32)> = Vec::with_capacity(numbers.len());
    for number in numbers {
        match found.last_mut() {
            Some((last, count)) if *last == number => *count += 1.0,
            _ => found.push((number, 1.0)),
        }
    }
    for (_, count) in &mut found {
        *count = count.sqrt();
    }
    found
}

/// The features that one word brings: itself, the pair with the word before, its pieces.
pub(super) fn token_features(tokens: &[Token], at: usize, mut take: impl FnMut(u32)) {
    let word = tokens[at].folded.as_bytes();
    take(numbered(1, word, b""));
    if at > 0 {
        take(numbered(2, tokens[at - 1].folded.as_bytes(), word));
    }
    // Pieces survive misspellings and a scanner's errors.
    let mut framed = Vec::with_capacity(word.len() + 2);
    framed.push(b'<');
    framed.extend_from_slice(&word[..word.len().min(40)]);
    framed.push(b'>');
    for piece in framed.windows(4) {
        take(numbered(3, piece, b""));
    }
}

/// FNV-1a, which gives the same number on every machine.
fn numbered(kind: u8, first: &[u8], second: &[u8]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind);
    for byte in first.iter().chain(b" ").chain(second) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    u32::try_from((hash ^ (hash >> 29)) & (FEATURES as u64 - 1)).unwrap_or(0)
}
