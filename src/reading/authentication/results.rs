//! The `Authentication-Results` header (RFC 8601), taken apart: who says it, and what.

use std::iter::Peekable;
use std::str::Chars;

/// One header: who wrote it, and the results in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    /// Which server says so; empty when none is named.
    pub(super) authserv_id: String,
    /// What it found; empty when it found nothing to check.
    pub(super) methods: Vec<MethodResult>,
}

/// What one check came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MethodResult {
    /// `spf`, `dkim`, `dmarc` or another.
    pub(super) method: String,
    /// Its result, in lower case.
    pub(super) result: String,
    /// What it was found for: `smtp.mailfrom`, `header.d` and so on, with their values.
    pub(super) properties: Vec<(String, String)>,
}

impl MethodResult {
    /// The value of a property.
    pub(super) fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// How many results of one header are read; servers write a handful.
const RESULTS: usize = 50;

/// Takes the value of a header apart; what is no result is left out.
pub(super) fn parse(value: &str) -> Results {
    let mut scanner = Scanner::new(value);
    let mut results = Results { authserv_id: scanner.word(Word::Key), methods: Vec::new() };
    if scanner.is_at_value() {
        // The first word is a check already: Microsoft 365 names no server.
        scanner = Scanner::new(value);
        results.authserv_id.clear();
    } else {
        // A version may stand behind the name.
        scanner.skip_past_semicolon();
    }
    while !scanner.is_at_end() && results.methods.len() < RESULTS {
        if let Some(result) = method_result(&mut scanner) {
            results.methods.push(result);
        }
        scanner.skip_past_semicolon();
    }
    results
}

fn method_result(scanner: &mut Scanner<'_>) -> Option<MethodResult> {
    let method = scanner.word(Word::Key);
    // `dkim/1`: the version of the method.
    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let result = scanner.value()?.to_ascii_lowercase();
    let mut properties = Vec::new();
    loop {
        let key = scanner.word(Word::Key);
        match scanner.value() {
            Some(value) => properties.push((key.to_ascii_lowercase(), value)),
            None if key.is_empty() => return Some(MethodResult { method, result, properties }),
            None => {}
        }
    }
}

/// Which characters end a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::reading) enum Word {
    /// A key ends at the equals sign.
    Key,
    /// A value may hold equals signs: returned addresses and signatures do.
    Value,
}

/// Reads words, past blanks and comments.
pub(in crate::reading) struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
}

impl<'a> Scanner<'a> {
    pub(in crate::reading) fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable() }
    }

    /// The next word, with what stood in quotes; empty at a semicolon, an equals sign or the end.
    pub(in crate::reading) fn word(&mut self, kind: Word) -> String {
        self.skip_blanks();
        let mut word = String::new();
        while let Some(character) = self.rest.peek().copied() {
            match character {
                '"' => self.quoted(&mut word),
                '=' if kind == Word::Key => break,
                ';' | '(' => break,
                _ if character.is_whitespace() => break,
                _ => {
                    word.push(character);
                    self.rest.next();
                }
            }
        }
        word
    }

    /// The value behind an equals sign, if one comes next.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks();
        self.rest.next_if_eq(&'=')?;
        Some(self.word(Word::Value))
    }

    fn is_at_value(&mut self) -> bool {
        self.skip_blanks();
        self.rest.peek() == Some(&'=')
    }

    fn is_at_end(&mut self) -> bool {
        self.rest.peek().is_none()
    }

    /// Goes to where the next word begins.
    pub(in crate::reading) fn skip_separators(&mut self) {
        self.skip_blanks();
        while self.rest.next_if(|character| matches!(character, ';' | '=')).is_some() {
            self.skip_blanks();
        }
    }

    fn skip_past_semicolon(&mut self) {
        while !self.is_at_end() {
            self.skip_blanks();
            match self.rest.next() {
                Some(';') | None => return,
                Some('"') => self.quoted_rest(&mut String::new()),
                Some(_) => {}
            }
        }
    }

    fn quoted(&mut self, word: &mut String) {
        self.rest.next();
        self.quoted_rest(word);
    }

    fn quoted_rest(&mut self, word: &mut String) {
        while let Some(character) = self.rest.next() {
            match character {
                '"' => return,
                '\\' => word.extend(self.rest.next()),
                _ => word.push(character),
            }
        }
    }

    /// Blanks, and comments in parentheses, which may hold further ones.
    fn skip_blanks(&mut self) {
        let mut depth = 0_usize;
        while let Some(character) = self.rest.peek().copied() {
            match character {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                '\\' if depth > 0 => {
                    self.rest.next();
                }
                _ if depth > 0 || character.is_whitespace() => {}
                _ => return,
            }
            self.rest.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_header_with_several_results_is_taken_apart() {
        let results = parse(
            "mx.city.example 1; spf=pass (sender; is known) smtp.mailfrom=bounce=7@customer.example;\
             \tdkim/1 = PASS reason=\"good; key\" header.d=customer.example header.b=Ab/c= ; dmarc=fail (p=none(a \\) b)) header.from=\"x\".example",
        );
        assert_eq!(results.authserv_id, "mx.city.example");
        let found: Vec<(&str, &str)> =
            results.methods.iter().map(|method| (method.method.as_str(), method.result.as_str())).collect();
        assert_eq!(found, [("spf", "pass"), ("dkim", "pass"), ("dmarc", "fail")]);
        assert_eq!(results.methods[0].property("smtp.mailfrom"), Some("bounce=7@customer.example"));
        assert_eq!(results.methods[1].property("header.d"), Some("customer.example"));
        assert_eq!(results.methods[2].property("header.from"), Some("x.example"));
    }

    #[test]
    fn a_header_without_results_has_none() {
        assert_eq!(
            parse("mx.city.example; none"),
            Results { authserv_id: "mx.city.example".into(), methods: Vec::new() }
        );
        assert_eq!(parse(""), Results::default());
    }
}
