//! Plain text from rich text, as Outlook compresses it into winmail.dat.

use super::charset;

/// What the window of the compression holds before the first byte.
const PRESET: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;
/// No rich text becomes longer than this, whatever it says of itself.
const TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Groups within one another.
const DEPTH: usize = 200;

/// Undoes the compression (MS-OXRTFCP); `None` when the bytes are not of that form.
pub(super) fn decompressed(raw: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_le_bytes(raw.get(at..at + 4)?.try_into().ok()?));
    let length = usize::try_from(word(4)?).ok()?.min(TEXT_BYTES);
    let body = raw.get(16..)?;
    match &word(8)?.to_le_bytes() {
        b"MELA" => Some(body[..length.min(body.len())].to_vec()),
        b"LZFu" => Some(unpacked(body, length)),
        _ => None,
    }
}

fn unpacked(body: &[u8], length: usize) -> Vec<u8> {
    let mut window = [b' '; WINDOW];
    window[..PRESET.len()].copy_from_slice(PRESET);
    let mut at = PRESET.len();
    // The length is only what the sender says.
    let mut text = Vec::with_capacity(length.min(body.len() * 2));
    let mut bytes = body.iter().copied();
    'all: while let Some(flags) = bytes.next() {
        for bit in 0..8 {
            let Some(first) = bytes.next() else { break 'all };
            let (from, count) = if flags >> bit & 1 == 1 {
                let Some(second) = bytes.next() else { break 'all };
                (usize::from(first) << 4 | usize::from(second >> 4), usize::from(second & 15) + 2)
            } else {
                window[at] = first;
                text.push(first);
                at = (at + 1) % WINDOW;
                continue;
            };
            if from == at {
                break 'all;
            }
            for step in 0..count {
                let byte = window[(from + step) % WINDOW];
                window[at] = byte;
                at = (at + 1) % WINDOW;
                text.push(byte);
            }
            if text.len() >= length {
                break 'all;
            }
        }
    }
    text.truncate(length);
    text
}

/// The text of rich text, paragraph by paragraph.
pub(super) fn text(rich: &[u8]) -> String {
    let mut reader = Reader {
        rest: rich,
        text: String::new(),
        bytes: Vec::new(),
        code_page: "windows-1252".to_owned(),
        groups: vec![Group::default()],
    };
    while reader.step() {}
    reader.flush();
    reader.text
}

#[derive(Clone, Copy, Default)]
struct Group {
    is_hidden: bool,
    /// How many characters stand in place of one that older programs cannot show.
    substitutes: usize,
}

struct Reader<'x> {
    rest: &'x [u8],
    text: String,
    /// Bytes of the code page that are not decoded yet.
    bytes: Vec<u8>,
    code_page: String,
    groups: Vec<Group>,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some((first, rest)) = self.rest.split_first() else { return false };
        self.rest = rest;
        match first {
            b'{' => {
                let group = self.group();
                if self.groups.len() < DEPTH {
                    self.groups.push(group);
                }
            }
            b'}' if self.groups.len() > 1 => {
                self.groups.pop();
            }
            b'\\' => self.control(),
            b'\r' | b'\n' | b'}' => {}
            byte if !self.group().is_hidden => self.bytes.push(*byte),
            _ => {}
        }
        true
    }

    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or_default()
    }

    fn control(&mut self) {
        let Some((first, rest)) = self.rest.split_first() else { return };
        if first.is_ascii_alphabetic() {
            return self.word();
        }
        self.rest = rest;
        match first {
            b'\'' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    self.rest = &rest[2..];
                    if !self.group().is_hidden {
                        self.bytes.push(byte);
                    }
                }
            }
            b'*' => self.hide(),
            b'~' => self.push(' '),
            b'\\' | b'{' | b'}' if !self.group().is_hidden => self.bytes.push(*first),
            _ => {}
        }
    }

    fn word(&mut self) {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, rest) = self.rest.split_at(length);
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count().min(9);
        let number = std::str::from_utf8(&rest[..sign + digits]).ok().and_then(|number| number.parse::<i32>().ok());
        let rest = &rest[if digits == 0 { 0 } else { sign + digits }..];
        self.rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match word {
            b"par" | b"line" | b"row" | b"sect" | b"page" => self.push('\n'),
            b"tab" | b"cell" => self.push('\t'),
            b"emdash" => self.push('\u{2014}'),
            b"endash" => self.push('\u{2013}'),
            b"bullet" => self.push('\u{2022}'),
            b"lquote" => self.push('\u{2018}'),
            b"rquote" => self.push('\u{2019}'),
            b"ldblquote" => self.push('\u{201c}'),
            b"rdblquote" => self.push('\u{201d}'),
            b"ansicpg" => {
                if let Some(number) = number.filter(|number| *number > 0) {
                    self.code_page = format!("windows-{number}");
                }
            }
            b"uc" => {
                if let Some(group) = self.groups.last_mut() {
                    group.substitutes = usize::try_from(number.unwrap_or(1)).unwrap_or(0).min(8);
                }
            }
            b"u" => self.unicode(number.unwrap_or(0)),
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"footer" => {
                self.hide();
            }
            // Outlook keeps the HTML's own line breaks in such groups.
            b"htmlrtf" => {
                if let Some(group) = self.groups.last_mut() {
                    group.is_hidden = number != Some(0);
                }
            }
            _ => {}
        }
    }

    fn unicode(&mut self, number: i32) {
        // Values above 32767 are written as negative ones.
        let code = u32::try_from(if number < 0 { number + 65536 } else { number }).unwrap_or(0);
        self.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        for _ in 0..self.group().substitutes.max(1) {
            let length = match self.rest {
                [b'\\', b'\'', _, _, ..] => 4,
                [b'\\' | b'{' | b'}', ..] | [] => 0,
                _ => 1,
            };
            self.rest = &self.rest[length..];
        }
    }

    fn hide(&mut self) {
        if let Some(group) = self.groups.last_mut() {
            group.is_hidden = true;
        }
    }

    fn push(&mut self, character: char) {
        if !self.group().is_hidden {
            self.flush();
            self.text.push(character);
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.text.push_str(&charset::decode(&self.bytes, Some(&self.code_page)).text);
            self.bytes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paragraphs_and_characters_are_text_and_tables_of_fonts_are_not() {
        let rich = b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\*\\generator X;}\\f0 My cuenta: a\\'f1o\\par \\u8364? 41\\par}";
        assert_eq!(text(rich), "My cuenta: a\u{f1}o\n\u{20ac} 41\n");
    }

    #[test]
    fn compressed_text_refers_to_what_came_before() {
        // "ab" then a reference to it of four bytes, then the end mark.
        let start = u16::try_from(PRESET.len()).expect("it is short");
        let reference = (start << 4 | 2).to_be_bytes();
        let end = ((start + 6) << 4).to_be_bytes();
        let mut raw = vec![0; 16];
        raw[4..8].copy_from_slice(&6_u32.to_le_bytes());
        raw[8..12].copy_from_slice(b"LZFu");
        raw.extend([0b1100, b'a', b'b', reference[0], reference[1], end[0], end[1]]);
        assert_eq!(decompressed(&raw).as_deref(), Some(&b"ababab"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_give_text(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = text(&raw);
            let packed = [&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], b"LZFu0000", &raw].concat();
            // A reference of two bytes stands for at most seventeen.
            prop_assert!(decompressed(&packed).expect("it has the form").len() <= raw.len() * 9);
        }
    }
}
