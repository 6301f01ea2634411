//! Figures in a text: groups of digits and the runs that blanks, dashes and dots make of them.
//! What a run means (an account, a telephone, a card) is for others to say.

/// The most groups that are looked at together; a longer run is a table of numbers.
const LONGEST_RUN: usize = 32;

/// Digits in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// How many of its characters are letters that a scanner took for digits.
    pub(super) repairs: usize,
}

impl Group {
    /// How many digits it has.
    pub(super) fn length(self) -> usize {
        self.end - self.start
    }
}

/// The digit that a scanner confuses with a letter.
fn repaired(letter: u8) -> Option<u8> {
    match letter {
        b'O' | b'o' => Some(b'0'),
        b'l' | b'I' => Some(b'1'),
        b'S' => Some(b'5'),
        b'B' => Some(b'8'),
        _ => None,
    }
}

/// The digits of groups, with letters read as the digits they stand for.
pub(super) fn digits(text: &str, groups: &[Group]) -> String {
    let mut digits = String::with_capacity(20);
    for byte in groups.iter().flat_map(|group| text.as_bytes()[group.start..group.end].iter()) {
        digits.push(char::from(if byte.is_ascii_digit() { *byte } else { repaired(*byte).unwrap_or(b'0') }));
    }
    digits
}

/// What stands between two groups, blanks folded: empty when they are alike all over.
pub(super) fn separator<'a>(text: &'a str, one: &Group, other: &Group) -> &'a str {
    let between = &text[one.end..other.start];
    let inside = between.trim();
    if inside.is_empty() { " " } else { inside }
}

/// Whether all groups are set apart in the same way.
pub(super) fn evenly_set(text: &str, groups: &[Group]) -> bool {
    groups.windows(2).all(|two| separator(text, &two[0], &two[1]) == separator(text, &groups[0], &groups[1]))
}

/// The digits of groups that hold no letter; `None` when one was repaired.
pub(super) fn pure_digits(text: &str, groups: &[Group]) -> Option<String> {
    groups.iter().all(|group| group.repairs == 0).then(|| digits(text, groups))
}

/// Hands on each run of groups in a text, in order.
pub(super) fn each_run(text: &str, mut take: impl FnMut(&[Group])) {
    let mut run: Vec<Group> = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = characters.next_if(|(_, next)| next.is_alphanumeric()) {
            end = at + next.len_utf8();
        }
        let token = token(&text.as_bytes()[start..end]);
        let joined = run.last().is_some_and(|last| is_gap(&text[last.end..start])) && run.len() < LONGEST_RUN;
        if (!joined || !matches!(token, Some((0, _, _)))) && !run.is_empty() {
            take(&run);
            run.clear();
        }
        if let Some((from, until, repairs)) = token {
            run.push(Group { start: start + from, end: start + until, repairs });
            // What hangs on, as an extension does, belongs to no other group.
            if start + until < end {
                take(&run);
                run.clear();
            }
        }
    }
    if !run.is_empty() {
        take(&run);
    }
}

/// The digits of a token: from where to where, and how many are repaired letters.
fn token(token: &[u8]) -> Option<(usize, usize, usize)> {
    let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || token.len() > 64 {
        return None;
    }
    if digits == token.len() {
        return Some((0, digits, 0));
    }
    let alike = token.iter().all(|byte| byte.is_ascii_digit() || repaired(*byte).is_some());
    if alike && digits * 2 >= token.len() && token.len() >= 3 {
        return Some((0, token.len(), token.len() - digits));
    }
    let front = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // `0100x12`: an extension.
    if front > 0 && token.get(front).is_some_and(|byte| matches!(byte, b'x' | b'X')) {
        return token[front + 1..].iter().all(u8::is_ascii_digit).then_some((0, front, 0));
    }
    // `acct1234…`: a word has grown together with the number.
    let letters = token.iter().take_while(|byte| !byte.is_ascii_digit()).count();
    let rest = &token[letters..];
    (letters > 0 && rest.iter().all(u8::is_ascii_digit)).then_some((letters, token.len(), 0))
}

/// Whether a text between two groups keeps them together.
fn is_gap(between: &str) -> bool {
    let count = between.chars().count();
    (1..=3).contains(&count)
        && between.chars().all(|character| {
            matches!(
                character,
                ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2007}'..='\u{2015}' | '\u{202f}' | '−'
            )
        })
}

/// The words before a place, small, as many as fit into a few dozen bytes.
pub(super) fn words_before(text: &str, at: usize, bytes: usize) -> String {
    let mut from = at.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..at].to_lowercase()
}

/// The words after a place, small.
pub(super) fn words_after(text: &str, at: usize, bytes: usize) -> String {
    let mut until = text.len().min(at + bytes);
    while !text.is_char_boundary(until) {
        until -= 1;
    }
    text[at..until].to_lowercase()
}
