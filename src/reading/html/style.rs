//! The declarations of a `style` attribute that may stay: looks, never place or loads.

/// Properties that change how text looks where it stands.
const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "color",
    "direction",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-wrap",
];

/// The longest value that is kept.
const VALUE_BYTES: usize = 120;
/// The largest length, in whatever unit, that is kept.
const LARGEST: f64 = 2000.0;

/// The harmless declarations of a style, in order.
pub(super) fn harmless(style: &str) -> String {
    let mut kept = String::new();
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let property = property.trim().to_ascii_lowercase();
        let value = value.trim();
        if PROPERTIES.binary_search(&property.as_str()).is_ok() && is_harmless(value) {
            if !kept.is_empty() {
                kept.push_str("; ");
            }
            kept.push_str(&property);
            kept.push_str(": ");
            kept.push_str(value);
        }
    }
    kept
}

/// Words, colours and bounded lengths. Escapes, comments and functions other than those for
/// colours could say something else than they seem to; a negative length could move text over
/// other text.
fn is_harmless(value: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " #%.,()'\"-_".contains(character);
    if value.is_empty() || value.len() > VALUE_BYTES || !value.chars().all(is_plain) {
        return false;
    }
    has_only_colour_functions(value) && value.split([' ', ',', '(', ')']).all(is_bounded)
}

fn has_only_colour_functions(value: &str) -> bool {
    let mut pieces: Vec<&str> = value.split('(').collect();
    pieces.pop();
    pieces.iter().all(|piece| {
        let name = piece.rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
        ["rgb", "rgba", "hsl", "hsla"].iter().any(|colour| colour.eq_ignore_ascii_case(name))
    })
}

fn is_bounded(word: &str) -> bool {
    if !word.starts_with(|character: char| character.is_ascii_digit() || matches!(character, '.' | '-')) {
        return true;
    }
    let end = word.find(|character: char| character.is_ascii_alphabetic() || character == '%').unwrap_or(word.len());
    word[..end].parse::<f64>().is_ok_and(|number| (0.0..=LARGEST).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_are_sorted_for_the_search() {
        assert!(PROPERTIES.is_sorted());
    }

    #[test]
    fn looks_stay_and_places_and_loads_go() {
        let style = "color: rgb(1, 2, 3); position:fixed; top:0; font-family: 'Segoe UI', Arial; background-image:url(http://x.example/a); width:100%";
        assert_eq!(harmless(style), "color: rgb(1, 2, 3); font-family: 'Segoe UI', Arial; width: 100%");
    }

    #[test]
    fn values_that_hide_something_go() {
        for value in [
            "color: expression(alert(1))",
            "color: u\\72l(x)",
            "width: calc(1px)",
            "color: var(--x)",
            "color: red/**/",
            "margin-left: -500px",
            "width: 99999px",
            "font-family: x@import",
            "color: red !important",
        ] {
            assert_eq!(harmless(value), "", "{value}");
        }
    }
}
