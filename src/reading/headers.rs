//! Walks the header block of raw bytes: for what must be known before, or without, a parse.

/// The headers of the block that `raw` opens with, as (name, unfolded value) in order.
pub(super) fn headers(raw: &[u8]) -> impl Iterator<Item = (&[u8], Vec<u8>)> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        loop {
            let (line, after) = split_line(rest)?;
            if line.is_empty() {
                return None;
            }
            rest = after;
            let mut value_tail = Vec::new();
            while let Some((next, after)) = split_line(rest) {
                if !matches!(next.first(), Some(b' ' | b'\t')) {
                    break;
                }
                value_tail.extend_from_slice(next);
                rest = after;
            }
            // A line without a colon is no header: mbox leaves such lines at the top.
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let mut value = line[colon + 1..].trim_ascii().to_vec();
            value.extend_from_slice(&value_tail);
            return Some((line[..colon].trim_ascii(), value));
        }
    })
}

/// How many headers of that name, in lower case, there are.
#[must_use]
pub fn count_headers(raw: &[u8], wanted: &[u8]) -> usize {
    headers(raw).filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).count()
}

/// The bytes after the header block.
pub(super) fn body(raw: &[u8]) -> &[u8] {
    let mut rest = raw;
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
    }
    rest
}

/// The first line without its ending, and what follows it; `None` at the end.
fn split_line(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    if raw.is_empty() {
        return None;
    }
    let end = raw.iter().position(|byte| *byte == b'\n').unwrap_or(raw.len());
    let line = &raw[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Some((line, raw.get(end + 1..).unwrap_or_default()))
}
