//! Reads winmail.dat, the TNEF form in which Outlook wraps what it sends within a company.
//!
//! Only what people look for is taken: the files with their names and bytes, the text, and
//! the class that tells a letter from a meeting request. Every length is checked against what
//! is there, and nothing is copied more than once.

use std::ops::Range;

use super::{charset, rtf};

const SIGNATURE: u32 = 0x223e_9f78;
/// Files of one container.
const FILES: usize = 500;

/// What a container holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Contents {
    /// Such as `IPM.Note`.
    pub(super) class: String,
    /// The text, where it holds one.
    pub(super) body: String,
    /// Its files.
    pub(super) files: Vec<File>,
    /// Whether it ends before it should.
    pub(super) is_cut: bool,
}

/// A file in a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct File {
    /// Its name; empty when it has none.
    pub(super) name: String,
    /// The type that it declares.
    pub(super) content_type: Option<String>,
    /// The identifier by which HTML refers to it.
    pub(super) content_id: Option<String>,
    /// Where its bytes stand in the container.
    pub(super) bytes: Range<usize>,
}

/// Reads a container; `None` when the bytes are none.
pub(super) fn read(raw: &[u8]) -> Option<Contents> {
    let mut reader = Reader { raw, at: 0 };
    if reader.number(4)? != u64::from(SIGNATURE) {
        return None;
    }
    reader.number(2)?;
    let mut container = Container::default();
    while reader.at < raw.len() {
        if container.attribute(&mut reader).is_none() {
            container.contents.is_cut = true;
            break;
        }
    }
    Some(container.finish())
}

#[derive(Default)]
struct Container {
    contents: Contents,
    code_page: Option<String>,
    rich_text: String,
    html: Vec<u8>,
}

impl Container {
    /// Reads one attribute: its level, name, length, value and check sum.
    fn attribute(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        reader.number(1)?;
        let name = reader.number(4)? & 0xffff;
        let length = usize::try_from(reader.number(4)?).ok()?;
        let value = reader.take(length)?;
        let bytes = &reader.raw[value.clone()];
        reader.number(2)?;
        match name {
            0x8008 => self.contents.class = self.text(bytes),
            0x800c => self.contents.body = self.text(bytes),
            0x9007 => self.code_page = code_page(bytes),
            0x9003 => self.message_properties(reader.raw, value),
            // A new file begins.
            0x9002 if self.contents.files.len() < FILES => self.contents.files.push(File::default()),
            0x8010 => {
                let name = self.text(bytes);
                if let Some(file) = self.file().filter(|file| file.name.is_empty()) {
                    file.name = name;
                }
            }
            0x800f => {
                if let Some(file) = self.file() {
                    file.bytes = value;
                }
            }
            0x9005 => self.file_properties(reader.raw, value),
            _ => {}
        }
        Some(())
    }

    fn file(&mut self) -> Option<&mut File> {
        self.contents.files.last_mut()
    }

    fn text(&self, bytes: &[u8]) -> String {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        charset::decode(&bytes[..end], self.code_page.as_deref()).text.into_owned()
    }

    fn message_properties(&mut self, raw: &[u8], value: Range<usize>) {
        properties(raw, value, &mut |property, kind, value| match property {
            0x1000 if self.contents.body.is_empty() => self.contents.body = self.property_text(kind, &raw[value]),
            0x1009 => self.rich_text = rtf::decompressed(&raw[value]).map(|rich| rtf::text(&rich)).unwrap_or_default(),
            0x1013 => self.html = raw[value].to_vec(),
            0x001a if self.contents.class.is_empty() => self.contents.class = self.property_text(kind, &raw[value]),
            _ => {}
        });
    }

    fn file_properties(&mut self, raw: &[u8], value: Range<usize>) {
        let mut found = File::default();
        properties(raw, value, &mut |property, kind, value| match property {
            0x3707 => found.name = self.property_text(kind, &raw[value]),
            0x370e => found.content_type = Some(self.property_text(kind, &raw[value])),
            0x3712 => found.content_id = Some(self.property_text(kind, &raw[value])),
            // A whole message as an object opens with sixteen bytes that name its interface.
            0x3701 if kind == 0x000d && value.len() > 16 => found.bytes = value.start + 16..value.end,
            0x3701 => found.bytes = value,
            _ => {}
        });
        let Some(file) = self.file() else { return };
        if !found.name.is_empty() {
            file.name = found.name;
        }
        if file.bytes.is_empty() {
            file.bytes = found.bytes;
        }
        file.content_type = found.content_type.filter(|text| text.contains('/'));
        file.content_id = found.content_id.filter(|text| !text.is_empty());
    }

    fn property_text(&self, kind: u16, bytes: &[u8]) -> String {
        if kind == 0x001f {
            let text = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0;
            return text.trim_end_matches('\0').to_owned();
        }
        self.text(bytes)
    }

    fn finish(mut self) -> Contents {
        if self.contents.body.trim().is_empty() && !self.html.is_empty() {
            let declared = charset::declared_in_html(&self.html).or(self.code_page);
            self.contents.body = super::html::text(&charset::decode(&self.html, declared.as_deref()).text);
        }
        if self.contents.body.trim().is_empty() {
            self.contents.body = self.rich_text;
        }
        self.contents
    }
}

fn code_page(bytes: &[u8]) -> Option<String> {
    let number = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
    match number {
        0 => None,
        65001 => Some("utf-8".to_owned()),
        932 => Some("shift_jis".to_owned()),
        936 => Some("gbk".to_owned()),
        949 => Some("euc-kr".to_owned()),
        950 => Some("big5".to_owned()),
        number => Some(format!("windows-{number}")),
    }
}

/// Walks a list of properties: tag, perhaps a name, and values padded to four bytes.
fn properties(raw: &[u8], value: Range<usize>, found: &mut dyn FnMut(u16, u16, Range<usize>)) -> Option<()> {
    let mut reader = Reader { raw: &raw[..value.end], at: value.start };
    let count = reader.number(4)?;
    for _ in 0..count {
        let kind = u16::try_from(reader.number(2)?).ok()?;
        let property = u16::try_from(reader.number(2)?).ok()?;
        if property >= 0x8000 {
            skip_name(&mut reader)?;
        }
        let is_list = kind & 0x1000 != 0;
        let kind = kind & 0x0fff;
        match fixed_size(kind) {
            Some(size) => {
                let values = if is_list { reader.number(4)? } else { 1 };
                let first = reader.take(size)?;
                found(property, kind, first);
                reader.take(size.checked_mul(usize::try_from(values).ok()?.checked_sub(1)?)?)?;
            }
            None => {
                for position in 0..reader.number(4)? {
                    let length = usize::try_from(reader.number(4)?).ok()?;
                    let value = reader.take(length)?;
                    reader.take(length.wrapping_neg() & 3)?;
                    if position == 0 {
                        found(property, kind, value);
                    }
                }
            }
        }
    }
    Some(())
}

fn skip_name(reader: &mut Reader<'_>) -> Option<()> {
    reader.take(16)?;
    if reader.number(4)? == 0 {
        reader.take(4)?;
    } else {
        let length = usize::try_from(reader.number(4)?).ok()?;
        reader.take(length)?;
        reader.take(length.wrapping_neg() & 3)?;
    }
    Some(())
}

/// The size of a value of a kind in the list, padding included; `None` for those that tell it.
fn fixed_size(kind: u16) -> Option<usize> {
    match kind {
        0x0001 => Some(0),
        0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        _ => None,
    }
}

struct Reader<'x> {
    raw: &'x [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.raw.len())?;
        let range = self.at..end;
        self.at = end;
        Some(range)
    }

    fn number(&mut self, length: usize) -> Option<u64> {
        let range = self.take(length)?;
        Some(self.raw[range].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(level: u8, name: u32, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![level];
        bytes.extend(name.to_le_bytes());
        bytes.extend(u32::try_from(value.len()).expect("it is short").to_le_bytes());
        bytes.extend(value);
        bytes.extend(0_u16.to_le_bytes());
        bytes
    }

    fn container(attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_le_bytes().to_vec();
        bytes.extend([1, 0]);
        bytes.extend(attributes.concat());
        bytes
    }

    fn long_name(name: &str) -> Vec<u8> {
        let wide: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let mut bytes = 1_u32.to_le_bytes().to_vec();
        bytes.extend([0x1f, 0x00, 0x07, 0x37]);
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(u32::try_from(wide.len()).expect("it is short").to_le_bytes());
        bytes.extend(&wide);
        bytes.resize(bytes.len() + (wide.len().wrapping_neg() & 3), 0);
        bytes
    }

    #[test]
    fn files_come_out_with_their_long_names_and_bytes() {
        let raw = container(&[
            attribute(1, 0x0007_8008, b"IPM.Note\0"),
            attribute(1, 0x0002_800c, b"See the files.\0"),
            attribute(2, 0x0006_9002, &[0; 14]),
            attribute(2, 0x0001_8010, b"METERP~1.PNG\0"),
            attribute(2, 0x0006_800f, b"\x89PNG"),
            attribute(2, 0x0006_9005, &long_name("meter photo.png")),
            attribute(2, 0x0006_9002, &[0; 14]),
            attribute(2, 0x0001_8010, b"bill.txt\0"),
            attribute(2, 0x0006_800f, b"41 dollars"),
        ]);
        let contents = read(&raw).expect("it is a container");
        assert_eq!((contents.class.as_str(), contents.body.as_str()), ("IPM.Note", "See the files."));
        let files: Vec<_> = contents.files.iter().map(|file| (file.name.as_str(), &raw[file.bytes.clone()])).collect();
        assert_eq!(files, [("meter photo.png", &b"\x89PNG"[..]), ("bill.txt", &b"41 dollars"[..])]);
        assert!(!contents.is_cut);
    }

    #[test]
    fn a_container_that_is_cut_gives_what_it_has() {
        let mut raw = container(&[attribute(2, 0x0006_9002, &[0; 14]), attribute(2, 0x0001_8010, b"a.txt\0")]);
        raw.extend([2, 0x0f, 0x80, 6, 0, 0xff, 0xff, 0xff, 0x7f]);
        let contents = read(&raw).expect("it is a container");
        assert_eq!(contents.files.len(), 1);
        assert!(contents.is_cut);
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
            let raw = [&SIGNATURE.to_le_bytes()[..], &[0, 0], &tail].concat();
            prop_assert!(read(&raw).is_some());
            let _ = properties(&raw, 0..raw.len(), &mut |_, _, _| {});
        }
    }
}
