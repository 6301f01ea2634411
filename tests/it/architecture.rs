//! Keeps the layers: a lower module never imports a higher one, modules of one layer never
//! import each other, and a few libraries and calls stand in one module only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the lowest to the highest.
const LAYERS: &[(&str, &[&str])] = &[
    ("words", &["letter", "money", "clock", "ids", "config", "policy"]),
    ("thought", &["reading", "classification", "accounts", "replies", "journal"]),
    ("edges", &["store", "intake", "delivery", "converters", "billing"]),
    ("motion", &["pipeline", "review"]),
    ("face", &["web"]),
    ("wiring", &["app", "demo", "cli", "main"]),
];

/// What may stand only in these modules.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("lettre::", &["delivery"]),
    ("axum::", &["web", "app"]),
    ("SystemTime::now", &["clock"]),
    ("Timestamp::now", &["clock"]),
    ("Zoned::now", &["clock"]),
];

/// The words of the lowest layer know each other: they are one vocabulary.
const ONE_VOCABULARY: &[&str] = LAYERS[0].1;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn source_texts() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap().to_owned();
            let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let module = first.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (inside, module, text)
        })
        .collect()
}

fn layer_of() -> BTreeMap<&'static str, usize> {
    LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, (_, modules))| modules.iter().map(move |module| (*module, layer)))
        .collect()
}

fn code_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
}

#[test]
fn no_module_imports_upward_or_sideways() {
    let layers = layer_of();
    let mut wrong = Vec::new();
    for (path, module, text) in source_texts() {
        if module == "lib" {
            continue;
        }
        let own = *layers.get(module.as_str()).unwrap_or_else(|| panic!("src/{} is in no layer", path.display()));
        for (line, code) in code_of(&text) {
            for (at, _) in code.match_indices("crate::") {
                let name: String = code[at + 7..]
                    .chars()
                    .take_while(|character| character.is_alphanumeric() || *character == '_')
                    .collect();
                let Some(other) = layers.get(name.as_str()) else { continue };
                let same = name == module || (ONE_VOCABULARY.contains(&name.as_str()) && own == 0);
                if *other >= own && !same && own != LAYERS.len() - 1 {
                    wrong.push(format!("src/{}:{line}: {module} imports {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stand_in_their_one_module() {
    let mut wrong = Vec::new();
    for (path, module, text) in source_texts() {
        for (line, code) in code_of(&text) {
            for (words, modules) in ONLY_IN {
                if code.contains(words) && !modules.contains(&module.as_str()) {
                    wrong.push(format!("src/{}:{line}: `{words}` belongs in {}", path.display(), modules.join(", ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_owns() {
    let missing: Vec<String> = source_texts()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//! "))
        .map(|(path, _, _)| format!("src/{}", path.display()))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn both_schemas_have_the_same_tables_and_columns() {
    let columns = |dialect: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        table_columns(&text)
    };
    assert_eq!(columns("sqlite"), columns("postgres"));
}

/// `table.column NOT NULL?` in the order of the text.
fn table_columns(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut table = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            table = rest.split_whitespace().next().map(ToOwned::to_owned);
        } else if line.starts_with(')') {
            table = None;
        } else if let Some(table) = &table {
            let name = line.trim().split([' ', '(']).next().unwrap_or_default();
            if !name.is_empty() && name.chars().all(|character| character.is_ascii_lowercase() || character == '_') {
                found.push(format!("{table}.{name} {}", line.contains("NOT NULL")));
            }
        }
    }
    found
}
