//! A connection that refuses literals larger than any message may be: the server announces a
//! literal's length, and the client would otherwise make room for whatever it says.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The connection, and where in the server's words it stands.
#[derive(Debug)]
pub(super) struct Capped<S> {
    stream: S,
    /// The largest literal that is let through, in bytes.
    limit: u64,
    place: Place,
}

/// Where in the server's words the last byte stood.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In a line.
    Line,
    /// After `{`, with the number so far.
    Number(u64),
    /// After `{number}`: a literal follows when the line ends here.
    Closed(u64),
    /// In a literal, with the bytes still to come.
    Literal(u64),
}

impl<S> Capped<S> {
    pub(super) const fn new(stream: S, limit: u64) -> Self {
        Self { stream, limit, place: Place::Line }
    }

    fn follow(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if let Place::Literal(left) = self.place {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                self.place = if here as u64 == left { Place::Line } else { Place::Literal(left - here as u64) };
                rest = &rest[here..];
                continue;
            }
            self.place = match (self.place, byte) {
                (Place::Line | Place::Closed(_), b'{') => Place::Number(0),
                (Place::Number(number), digit) if digit.is_ascii_digit() => {
                    Place::Number(number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
                }
                (Place::Number(number), b'}') | (Place::Closed(number), b'\r') => Place::Closed(number),
                (Place::Closed(number), b'\n') if number > self.limit => {
                    let words = format!("the server sends {number} bytes at once, more than {} are taken", self.limit);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, words));
                }
                (Place::Closed(0), b'\n') => Place::Line,
                (Place::Closed(number), b'\n') => Place::Literal(number),
                _ => Place::Line,
            };
            rest = after;
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Capped<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = &read {
            this.follow(&buffer.filled()[before..])?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Capped<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(pieces: &[&[u8]]) -> io::Result<()> {
        let mut capped = Capped::new((), 1000);
        pieces.iter().try_for_each(|piece| capped.follow(piece))
    }

    #[test]
    fn an_ordinary_literal_passes_and_its_content_is_not_looked_at() {
        let words: &[u8] = b"* 1 FETCH (UID 1 BODY[] {14}\r\nx {99999999}\r\n)\r\nA1 OK\r\n";
        assert!(followed(&[words]).is_ok());
        for cut in 0..words.len() {
            assert!(followed(&[&words[..cut], &words[cut..]]).is_ok(), "cut at {cut}");
        }
    }

    #[test]
    fn a_literal_beyond_the_limit_is_refused_wherever_the_words_are_cut() {
        let words: &[u8] = b"* 1 FETCH (BODY[] {1001}\r\n";
        for cut in 0..words.len() {
            assert!(followed(&[&words[..cut], &words[cut..]]).is_err(), "cut at {cut}");
        }
        assert!(followed(&[b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n"]).is_err());
    }
}
