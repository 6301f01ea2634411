//! The catalogue of values has every value that accounts give to templates.

use penstock::accounts::{account_facts, context};
use penstock::clock::Clock;
use penstock::demo::accounts::{sample_account, write_extract};
use penstock::letter::Language;
use penstock::pipeline::import::import;
use penstock::replies::is_known_value;
use penstock::store::{Options, Store};
use serde_json::Value;

use super::{TODAY, policy};

/// The names of all values, items of lists under `list[]`.
fn names(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                names(&format!("{path}.{name}"), value, found);
            }
        }
        Value::Array(items) => {
            for item in items.iter().filter(|item| item.is_object()) {
                names(&format!("{path}[]"), item, found);
            }
            found.push(path.to_owned());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(path.to_owned()),
    }
}

#[tokio::test]
async fn templates_can_name_every_value_of_the_sample_accounts() {
    let folder = tempfile::tempdir().unwrap();
    write_extract(folder.path(), 40, TODAY).unwrap();
    let options =
        Options { url: None, data_dir: folder.path().to_owned(), connections: 2, accept_weak_durability: false };
    let store = Store::open(&options).await.unwrap();
    import(&store, &Clock::System, folder.path()).await.unwrap();
    let policy = policy();
    let mut unknown = std::collections::BTreeSet::new();
    for number in 0..40 {
        let rows = store.read().await.unwrap().whole_account(&sample_account(number).number).await.unwrap().unwrap();
        let facts = account_facts(&context(&rows, TODAY), Language::English, &policy, TODAY);
        let mut found = Vec::new();
        names("account", &facts, &mut found);
        unknown.extend(found.into_iter().filter(|name| !is_known_value(name)));
    }
    assert!(unknown.is_empty(), "{unknown:?}");
    store.close().await;
}
