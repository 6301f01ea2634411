//! `templates check`: each broken set of `tests/templates-broken` has one fault, which is found where
//! it stands; the embedded templates have none.

use std::fs;
use std::path::Path;

use jiff::civil::date;
use penstock::policy::Policy;
use penstock::replies::{Against, Fault, FaultKind, Files, check, embedded_files};
use serde::Deserialize;

use super::{TODAY, policy};

/// One broken set: the embedded templates with a change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    /// What should be found.
    fault: FaultKind,
    /// The text at which it should be found.
    at: Option<String>,
    /// In which file, when not in the first changed one.
    #[serde(rename = "in")]
    file: Option<String>,
    change: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    file: String,
    find: Option<String>,
    put: Option<String>,
    #[serde(default)]
    delete: bool,
    add: Option<String>,
}

/// Faults whose column is exact, not only their line.
const EXACT: &[FaultKind] = &[
    FaultKind::UnknownValue,
    FaultKind::Unguarded,
    FaultKind::Unprintable,
    FaultKind::TripleBraces,
    FaultKind::Figure,
    FaultKind::Link,
    FaultKind::Banned,
];

/// The policy table with a fact that ended long ago.
fn policy_with_old_fact() -> Policy {
    let text = include_str!("../../../templates/policy.toml").to_owned()
        + "\n[[fact]]\nkey = \"test.old_fee\"\nkind = \"money\"\nvalue = 1200\nfrom = 2019-01-01\nuntil = 2020-12-31\n\
           mark = \"older\"\nsource = \"PG-RESTORE\"\n";
    Policy::parse(&text).unwrap()
}

fn changed(broken: &Broken) -> Files {
    let mut files = embedded_files();
    for change in &broken.change {
        if change.delete {
            files.remove(&change.file).expect("the file to delete is there");
        } else if let Some(text) = &change.add {
            files.insert(change.file.clone(), text.clone());
        } else {
            let text = files.get_mut(&change.file).expect("the file to change is there");
            let find = change.find.as_deref().unwrap();
            assert!(text.contains(find), "`{find}` is not in {}", change.file);
            *text = text.replacen(find, change.put.as_deref().unwrap(), 1);
        }
    }
    files
}

/// What is wrong with the faults that were found, in words.
fn verdict(broken: &Broken, files: &Files, found: &[Fault]) -> Option<String> {
    let file = broken.file.as_ref().unwrap_or(&broken.change[0].file);
    let shown = || found.iter().map(|fault| format!("\n    {fault}")).collect::<Vec<_>>().concat();
    if !found.iter().any(|fault| fault.fault == broken.fault && fault.file == *file) {
        return Some(format!("no {} in {file}:{}", broken.fault, shown()));
    }
    if found.iter().any(|fault| fault.fault != broken.fault) {
        return Some(format!("more than {}:{}", broken.fault, shown()));
    }
    if found.iter().any(|fault| fault.what.is_empty() || fault.advice.is_empty()) {
        return Some("a fault without advice".to_owned());
    }
    let at = broken.at.as_deref()?;
    let text = &files[file];
    let place = text.find(at).unwrap_or_else(|| panic!("`{at}` is not in {file}"));
    let line = text[..place].matches('\n').count() + 1;
    let column = text[..place].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let exact = EXACT.contains(&broken.fault);
    let fits = |fault: &&Fault| fault.line == line && (!exact || fault.column == column);
    if !found.iter().any(|fault| fits(&fault)) {
        return Some(format!("should be at {line}:{column}:{}", shown()));
    }
    None
}

#[test]
fn every_broken_set_is_refused_for_its_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates-broken");
    let policy = policy_with_old_fact();
    let against = Against { policy: &policy, today: TODAY };
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let broken: Broken =
            toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let files = changed(&broken);
        let found = check(&files, against);
        wrong.extend(verdict(&broken, &files, &found).map(|verdict| format!("{name}: {verdict}")));
        count += 1;
    }
    wrong.sort();
    assert!(count >= 60, "{count} broken sets");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_embedded_templates_have_no_fault() {
    let policy = policy();
    for today in [TODAY, date(2026, 1, 2), date(2026, 11, 25)] {
        let faults = check(&embedded_files(), Against { policy: &policy, today });
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{today}\n{}", lines.join("\n"));
    }
}

#[test]
fn every_sort_of_fault_has_a_broken_set() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates-broken");
    let texts: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for kind in FaultKind::ALL {
        let line = format!("fault = \"{kind}\"");
        assert!(texts.iter().any(|text| text.contains(&line)), "no broken set for {kind}");
    }
}
