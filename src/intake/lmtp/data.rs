//! The text of a message as it travels: up to CRLF, dot, CRLF and no other ending, with the
//! doubled dots made single again.

/// A message that may not be complete yet.
#[derive(Debug)]
pub(super) struct Data {
    bytes: Vec<u8>,
    place: Place,
    room: usize,
    spoiled: Option<Spoiled>,
}

/// Why a message will not be taken, although its end is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoiled {
    /// A CR without LF or a LF without CR stands in it.
    BareLineEnd,
    /// It is larger than allowed.
    TooLarge,
    /// There is no memory for it now.
    NoRoom,
}

/// What stood before the next byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    LineStart,
    InLine,
    AfterCr,
    AfterDot,
    AfterDotCr,
}

impl Data {
    /// A message of at most `room` bytes, which is kept behind what is put before it.
    pub(super) fn after(prefix: Vec<u8>, room: usize) -> Self {
        Self { bytes: prefix, place: Place::LineStart, room, spoiled: None }
    }

    /// Takes bytes up to the end of the message; says how many, and whether the end was there.
    pub(super) fn take(&mut self, input: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(byte) = input.get(at) {
            if self.place == Place::InLine {
                let rest = &input[at..];
                let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                if run > 0 {
                    self.keep(&rest[..run]);
                    at += run;
                    continue;
                }
            }
            at += 1;
            if self.step(*byte) {
                return (at, true);
            }
        }
        (at, false)
    }

    /// Follows one byte; whether it ends the message.
    fn step(&mut self, byte: u8) -> bool {
        self.place = match (self.place, byte) {
            (Place::AfterDotCr, b'\n') => return true,
            (Place::AfterCr, b'\n') => {
                self.keep(b"\r\n");
                Place::LineStart
            }
            (Place::LineStart, b'.') => Place::AfterDot,
            (Place::AfterDot, b'\r') => Place::AfterDotCr,
            (Place::LineStart | Place::InLine, b'\r') => Place::AfterCr,
            (Place::LineStart | Place::InLine | Place::AfterDot, b'\n') => {
                self.spoil(Spoiled::BareLineEnd);
                Place::InLine
            }
            (Place::AfterCr | Place::AfterDotCr, _) => {
                self.spoil(Spoiled::BareLineEnd);
                if byte == b'\r' { Place::AfterCr } else { Place::InLine }
            }
            (Place::LineStart | Place::InLine | Place::AfterDot, _) => {
                self.keep(&[byte]);
                Place::InLine
            }
        };
        false
    }

    fn keep(&mut self, bytes: &[u8]) {
        match self.room.checked_sub(bytes.len()) {
            Some(room) => {
                self.room = room;
                if self.spoiled.is_none() {
                    self.bytes.extend_from_slice(bytes);
                }
            }
            None => self.spoil(Spoiled::TooLarge),
        }
    }

    /// Gives the message up and its memory back. Line ends weigh most: such a message must
    /// not come again cut smaller.
    pub(super) fn spoil(&mut self, why: Spoiled) {
        self.bytes = Vec::new();
        if self.spoiled.is_none() || why == Spoiled::BareLineEnd {
            self.spoiled = Some(why);
        }
    }

    /// How many bytes of memory it holds.
    pub(super) fn held_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The message, or why there is none.
    pub(super) fn finish(self) -> Result<Vec<u8>, Spoiled> {
        self.spoiled.map_or(Ok(self.bytes), Err)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message, and what follows its end.
    type Taken = (Result<Vec<u8>, Spoiled>, Vec<u8>);

    /// Takes a message that comes in pieces of `piece` bytes.
    fn taken(input: &[u8], piece: usize) -> Option<Taken> {
        let mut data = Data::after(Vec::new(), 1000);
        let mut used = 0;
        for chunk in input.chunks(piece) {
            let (count, ended) = data.take(chunk);
            used += count;
            if ended {
                return Some((data.finish(), input[used..].to_vec()));
            }
        }
        None
    }

    #[test]
    fn doubled_dots_become_single() {
        let (message, rest) = taken(b".a\r\n..b\r\n..\r\nc.\r\n.d\r\n\r\n.\r\nQUIT", 3).expect("it ends");
        assert_eq!(message.expect("it is whole"), b"a\r\n.b\r\n.\r\nc.\r\nd\r\n\r\n");
        assert_eq!(rest, b"QUIT");
    }

    #[test]
    fn a_message_may_be_empty() {
        assert_eq!(taken(b".\r\n", 1), Some((Ok(Vec::new()), Vec::new())));
    }

    #[test]
    fn no_other_ending_ends_a_message() {
        let endings: [&[u8]; 14] = [
            b"\n.\n",
            b"\n.\r\n",
            b"\r\n.\n",
            b"\r.\r\n",
            b"\r\n.\r",
            b"\r.\r",
            b"\r.\n",
            b"\n.\r",
            b"\n\n.\r\n",
            b"\r\r\n.\n",
            b"\r\n.\r\r\n",
            b"\r\r.\r\n",
            b"\r\n.\n\r\n",
            b"\n\r.\r\n",
        ];
        for ending in endings {
            let mut input = b"one".to_vec();
            input.extend_from_slice(ending);
            input.extend_from_slice(b"MAIL FROM:<x@y.example>");
            assert_eq!(taken(&input, 2), None, "{}", ending.escape_ascii());
            input.extend_from_slice(b"\r\n.\r\nQUIT");
            assert_eq!(
                taken(&input, 2),
                Some((Err(Spoiled::BareLineEnd), b"QUIT".to_vec())),
                "{}",
                ending.escape_ascii()
            );
        }
        // A NUL does not hide the dot either; it is an odd byte of the text.
        assert_eq!(taken(b"a\r\n\0.\r\n", 1), None);
        assert_eq!(taken(b"a\r\n.\0\r\n", 1), None);
    }

    #[test]
    fn what_is_too_large_is_followed_to_its_end_without_being_kept() {
        let mut data = Data::after(b"prefix".to_vec(), 10);
        assert_eq!(data.take(b"0123456789"), (10, false));
        assert!(data.held_bytes() >= 16);
        assert_eq!(data.take(b"0123456789\r\n.\r\n"), (15, true));
        assert_eq!(data.held_bytes(), 0);
        assert_eq!(data.finish(), Err(Spoiled::TooLarge));
    }

    #[test]
    fn a_half_line_end_weighs_more_than_the_size() {
        let mut data = Data::after(Vec::new(), 10);
        data.take(b"0123456789012\n.\n\r\n.\r\n");
        assert_eq!(data.finish(), Err(Spoiled::BareLineEnd));
    }

    proptest! {
        /// What a mail server doubles comes out as it was, however it is cut on the way.
        #[test]
        fn a_text_comes_back_as_it_was(lines in proptest::collection::vec("[.a\0é ]{0,6}", 0..12), piece in 1_usize..9) {
            let text = lines.iter().map(|line| line.clone() + "\r\n").collect::<Vec<_>>().concat();
            let doubled = text.split_inclusive('\n').map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() });
            let doubled = doubled.collect::<Vec<_>>().concat();
            let (message, rest) = taken(format!("{doubled}.\r\nQUIT").as_bytes(), piece).expect("it ends");
            prop_assert_eq!(message, Ok(text.into_bytes()));
            prop_assert_eq!(rest, b"QUIT");
        }

        /// A message is taken only if each CR is followed by LF and each LF follows CR, and the
        /// first CRLF-dot-CRLF is its end.
        #[test]
        fn the_end_is_the_first_right_one(input in "[.\r\na]{0,24}", piece in 1_usize..5) {
            let input = input.as_bytes();
            let padded = [b"\r\n", input].concat();
            let end = padded.windows(5).position(|window| window == b"\r\n.\r\n");
            match (end, taken(input, piece)) {
                (None, found) => prop_assert_eq!(found, None),
                (Some(end), Some((message, rest))) => {
                    prop_assert_eq!(rest, &input[end + 3..]);
                    let text = &input[..end];
                    let bare = String::from_utf8_lossy(text).replace("\r\n", "").contains(['\r', '\n']);
                    prop_assert_eq!(message.is_err(), bare);
                }
                (Some(_), None) => prop_assert!(false, "the end was missed"),
            }
        }
    }
}
