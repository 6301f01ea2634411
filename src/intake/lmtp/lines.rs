//! Command lines: what lies between two CRLF, with bounded memory.

/// The longest command line. RFC 5321 has 512 bytes, and the extensions offered add less than
/// a hundred.
const LINE_BYTES: usize = 1000;

/// A command line that may not be complete yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    too_long: bool,
    after_cr: bool,
}

/// What a line turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its end.
    Complete(Vec<u8>),
    /// A line of which too much came to be kept.
    TooLong,
    /// A CR without LF or a LF without CR.
    BareEnd,
}

impl Lines {
    /// Takes bytes up to the end of the line; says how many, and the line if it is complete.
    pub(super) fn take(&mut self, input: &[u8]) -> (usize, Option<Line>) {
        for (at, byte) in input.iter().enumerate() {
            match (self.after_cr, byte) {
                (true, b'\n') => return (at + 1, Some(self.finish())),
                (true, _) | (false, b'\n') => return (at + 1, Some(Line::BareEnd)),
                (false, b'\r') => self.after_cr = true,
                (false, _) if self.line.len() < LINE_BYTES => self.line.push(*byte),
                (false, _) => self.too_long = true,
            }
        }
        (input.len(), None)
    }

    fn finish(&mut self) -> Line {
        let Self { line, too_long, .. } = std::mem::take(self);
        if too_long { Line::TooLong } else { Line::Complete(line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_come_in_pieces() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"NO"), (2, None));
        assert_eq!(lines.take(b"OP\r"), (3, None));
        assert_eq!(lines.take(b"\nQUIT\r\n"), (1, Some(Line::Complete(b"NOOP".to_vec()))));
        assert_eq!(lines.take(b"QUIT\r\n"), (6, Some(Line::Complete(b"QUIT".to_vec()))));
    }

    #[test]
    fn a_line_without_end_takes_no_memory_without_end() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            assert_eq!(lines.take(&[b'a'; 1000]), (1000, None));
        }
        assert_eq!(lines.line.len(), LINE_BYTES);
        assert_eq!(lines.take(b"\r\n"), (2, Some(Line::TooLong)));
        assert_eq!(lines.take(b"\r\n"), (2, Some(Line::Complete(Vec::new()))));
    }

    #[test]
    fn half_a_line_end_is_told_at_once() {
        assert_eq!(Lines::default().take(b"NOOP\nQUIT\r\n"), (5, Some(Line::BareEnd)));
        assert_eq!(Lines::default().take(b"NOOP\rQUIT\r\n"), (6, Some(Line::BareEnd)));
        assert_eq!(Lines::default().take(b"NOOP\r\r\n"), (6, Some(Line::BareEnd)));
    }
}
