//! Finds mail addresses in the lines of a report.

/// An address and where it stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located<'x> {
    /// The address, without brackets or quotes.
    pub(super) address: &'x str,
    /// Where it begins.
    pub(super) start: usize,
    /// Where what follows it begins.
    pub(super) end: usize,
}

/// Every address of a line, in order.
pub(super) fn all(line: &str) -> impl Iterator<Item = Located<'_>> {
    line.match_indices('@').filter_map(|(at, _)| around(line, at))
}

/// The first address of a text.
pub(super) fn first(text: &str) -> Option<&str> {
    all(text).next().map(|located| located.address)
}

/// The address at the very start of a text, and what follows it.
pub(super) fn at_start(text: &str) -> Option<(&str, &str)> {
    let located = all(text).next().filter(|located| located.start == 0)?;
    Some((located.address, &text[located.end..]))
}

/// The address around the `@` at a position. Each walk ends at the neighbouring `@`, so that a
/// line is walked twice at most.
fn around(line: &str, at: usize) -> Option<Located<'_>> {
    let bytes = line.as_bytes();
    let mut start = at;
    while start > 0 && is_local(bytes[start - 1]) {
        start -= 1;
    }
    while start < at && !bytes[start].is_ascii_alphanumeric() && bytes[start] != b'_' {
        start += 1;
    }
    // X.400 gateways write the address as one of several fields.
    if line.get(start..start + 5).is_some_and(|field| field.eq_ignore_ascii_case("smtp=")) {
        start += 5;
    }
    let mut end = at + 1;
    while end < bytes.len() && is_domain(bytes[end]) {
        end += 1;
    }
    while end > at + 1 && !bytes[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    let domain = &line[at + 1..end];
    let whole = start < at && domain.contains('.') && !domain.starts_with('.') && end - start <= 254;
    whole.then_some(Located { address: &line[start..end], start, end })
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+-=?^_`{}~".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<&str> {
        all(line).map(|located| located.address).collect()
    }

    #[test]
    fn addresses_are_found_without_what_surrounds_them() {
        assert_eq!(found("<ana@customer.example>: unknown"), ["ana@customer.example"]);
        assert_eq!(found("addressed to 'ana@customer.example', failed."), ["ana@customer.example"]);
        assert_eq!(found("to ana.o'neil+water@mail.customer.example."), ["ana.o'neil+water@mail.customer.example"]);
        assert_eq!(found("c=US;a= ;p=X;dda:SMTP=ANA@CUSTOMER.EXAMPLE; on Monday"), ["ANA@CUSTOMER.EXAMPLE"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        assert_eq!(found("@ home, @customer.example, me@localhost, a@@b"), [""; 0]);
        assert_eq!(found("meter @ 42 m3"), [""; 0]);
    }

    #[test]
    fn an_address_at_the_start_gives_the_rest() {
        assert_eq!(at_start("ana@customer.example: full"), Some(("ana@customer.example", ": full")));
        assert_eq!(at_start("to ana@customer.example"), None);
    }
}
