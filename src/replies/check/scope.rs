//! What is known at a place of a template, and what may be missing there.

use super::super::catalogue::value;

/// What is known at a place of the text.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// The values that are there.
    pub(super) there: Vec<String>,
    /// The lists whose items are walked, from outside.
    pub(super) lists: Vec<String>,
    /// The names that a phrase was given.
    pub(super) given: Vec<String>,
}

/// The whole name of a value.
pub(super) fn absolute(name: &str, scope: &Scope) -> String {
    let name = name.replace('/', ".");
    if let Some(root) = name.strip_prefix("@root.") {
        return root.to_owned();
    }
    let ups = name.matches("...").count();
    let rest = name.trim_start_matches("...");
    let depth = scope.lists.len().saturating_sub(ups);
    let base = if depth == 0 { "" } else { scope.lists[depth - 1].as_str() };
    match rest {
        "this" | "." | "" => base.to_owned(),
        rest => {
            let rest = rest.strip_prefix("this.").unwrap_or(rest);
            if base.is_empty() { rest.to_owned() } else { format!("{base}.{rest}") }
        }
    }
}

/// The first of a value and what holds it that may be missing here.
pub(super) fn first_doubtful(path: &str, scope: &Scope) -> Option<String> {
    let ends = path.match_indices('.').map(|(at, _)| at).chain(std::iter::once(path.len()));
    for end in ends {
        let prefix = &path[..end];
        let inside = format!("{prefix}.");
        let asked = scope.there.iter().any(|there| there == prefix || there.starts_with(&inside));
        let item = prefix.ends_with("[]");
        if !asked && !item && value(prefix).is_some_and(|value| !value.always) {
            return Some(prefix.to_owned());
        }
    }
    None
}

/// The same for what holds the value only.
pub(super) fn first_doubtful_above(path: &str, scope: &Scope) -> Option<String> {
    let (above, _) = path.rsplit_once('.')?;
    first_doubtful(above, scope)
}
