//! The billing extract: what is imported is found by every key, and a new one replaces it whole.

use std::fs;
use std::path::Path;

use penstock::accounts::{MatchQuery, Wanted, wanted};
use penstock::clock::Clock;
use penstock::pipeline::import::{Changes, import};
use penstock::store::Store;

use crate::harness::database::{Database, on_both_databases};

on_both_databases!(
    accounts_are_found_by_number_address_and_street,
    a_new_extract_replaces_the_old_one_whole,
    a_bad_row_is_named_and_the_good_ones_are_taken,
    the_difference_to_the_import_before_is_told,
    an_older_import_never_takes_the_place_of_a_newer_one,
);

const ANA: &str = "1000200030004001";
const LUIS: &str = "1000200030005702";

fn write_extract(folder: &Path, ana_balance: &str) {
    fs::create_dir_all(folder).unwrap();
    let accounts = format!(
        "account_number,status,customer_type,service_class,name,email,service_address,zip,balance,balance_as_of\n\
         {ANA},active,owner,residential,Ana Vega,ana@customer.example,1608 N 5th St,19122,{ana_balance},2026-11-01\n\
         {LUIS},active,tenant,residential,Luis Reed,luis@customer.example,2217 E Cambria St,19134,0.00,2026-11-01\n"
    );
    fs::write(folder.join("accounts.csv"), accounts).unwrap();
    let payments = format!(
        "payment_id,account_number,posted_on,amount,method,status,source\n\
         p1,{ANA},2026-10-02,40.00,check,posted,mail\np2,{ANA},2026-10-30,41.00,check,posted,mail\n"
    );
    fs::write(folder.join("payments.csv"), payments).unwrap();
    let contacts = format!(
        "account_number,name,relation,email,phone,scope,from,until\n\
         {LUIS},Rosa Reed,authorized,rosa@customer.example,,all,2026-01-01,\n"
    );
    fs::write(folder.join("contacts.csv"), contacts).unwrap();
}

fn letter(from_address: &str, text: &str) -> Wanted {
    wanted(&MatchQuery { text, from_address, ..MatchQuery::default() })
}

async fn numbers_for(store: &Store, letters: &[Wanted]) -> Vec<Vec<String>> {
    let found = store.read().await.unwrap().accounts_for(letters).await.unwrap();
    let number = |account: &penstock::accounts::Account| account.account_number.to_string();
    found.iter().map(|(accounts, _)| accounts.iter().map(number).collect()).collect()
}

async fn accounts_are_found_by_number_address_and_street(database: &Database) {
    let store = database.open().await;
    let folder = database.folder().join("extract");
    write_extract(&folder, "120.50");
    import(&store, &Clock::System, &folder).await.unwrap();
    let letters = [
        letter("x@elsewhere.example", &format!("My account is {ANA}.")),
        letter("ana@customer.example", "Why?"),
        letter("x@elsewhere.example", "I live at 2217 East Cambria Street."),
        letter("rosa@customer.example", "For my brother."),
        letter("x@elsewhere.example", "My account is 1000200030004011."),
        letter("nobody@elsewhere.example", "Hello"),
        letter("x@elsewhere.example", "I live at 1608 Fifth Street"),
        letter("x@elsewhere.example", "I live at 2217 E Cambira St"),
        letter("x@elsewhere.example", "Why?\n\nReed Luis"),
    ];
    let found = numbers_for(&store, &letters).await;
    assert_eq!(
        found,
        [vec![ANA], vec![ANA], vec![LUIS], vec![LUIS], vec![ANA], vec![], vec![ANA], vec![LUIS], vec![LUIS]]
    );
    let whole = store.read().await.unwrap().whole_accounts(&[ANA, LUIS, "none"]).await.unwrap();
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[ANA].payments.len(), 2);
    assert_eq!(whole[LUIS].contacts[0].name, "Rosa Reed");
}

async fn a_new_extract_replaces_the_old_one_whole(database: &Database) {
    let store = database.open().await;
    let folder = database.folder().join("extract");
    write_extract(&folder, "120.50");
    assert!(!import(&store, &Clock::System, &folder).await.unwrap().unchanged);
    assert!(import(&store, &Clock::System, &folder).await.unwrap().unchanged, "the same extract changes nothing");
    write_extract(&folder, "80.00");
    fs::remove_file(folder.join("payments.csv")).unwrap();
    import(&store, &Clock::System, &folder).await.unwrap();
    let rows = store.read().await.unwrap().whole_account(ANA).await.unwrap().unwrap();
    assert_eq!(rows.account.balance.unwrap().dollars(), "$80.00");
    assert!(rows.payments.is_empty(), "rows of the old extract are still seen");
    let letter = [letter("rosa@customer.example", "For my brother at 1608 N 5th St.")];
    assert_eq!(numbers_for(&store, &letter).await, [vec![ANA, LUIS]], "each key is there once");
}

async fn a_bad_row_is_named_and_the_good_ones_are_taken(database: &Database) {
    let store = database.open().await;
    let folder = database.folder().join("extract");
    write_extract(&folder, "12 dollars");
    let report = import(&store, &Clock::System, &folder).await.unwrap();
    let rejected = &report.files[0].rejected[0];
    assert_eq!((rejected.file.as_str(), rejected.line, rejected.column.as_str()), ("accounts.csv", 2, "balance"));
    assert_eq!(report.accounts, 1);
    // Without the account its payments belong to nobody.
    let payments = &report.files[1];
    assert_eq!((payments.rows, payments.rejected_count, payments.rejected[1].line), (0, 2, 3));
    assert_eq!(payments.rejected[0].column, "account_number");
    let again = import(&store, &Clock::System, &folder).await.unwrap();
    assert!(again.unchanged);
    assert_eq!(again.files, report.files, "the same rows are named again");
}

async fn the_difference_to_the_import_before_is_told(database: &Database) {
    let store = database.open().await;
    let folder = database.folder().join("extract");
    write_extract(&folder, "120.50");
    let first = import(&store, &Clock::System, &folder).await.unwrap();
    assert_eq!(first.changes, Changes { added: 2, ..Changes::default() });
    fs::remove_file(folder.join("payments.csv")).unwrap();
    let accounts = fs::read_to_string(folder.join("accounts.csv")).unwrap();
    fs::write(
        folder.join("accounts.csv"),
        accounts.replace(&format!("{LUIS},active"), &format!("{LUIS},closed")).replace(LUIS, "1000200030005803"),
    )
    .unwrap();
    fs::remove_file(folder.join("contacts.csv")).unwrap();
    let second = import(&store, &Clock::System, &folder).await.unwrap();
    assert_eq!(second.changes, Changes { added: 1, changed: 1, removed: 1, ..Changes::default() });
    let text = fs::read_to_string(folder.join("accounts.csv")).unwrap();
    fs::write(folder.join("accounts.csv"), text.replace(&format!("{ANA},active"), &format!("{ANA},closed"))).unwrap();
    let third = import(&store, &Clock::System, &folder).await.unwrap();
    assert_eq!(third.changes, Changes { changed: 1, closed: 1, unchanged: 1, ..Changes::default() });
}

async fn an_older_import_never_takes_the_place_of_a_newer_one(database: &Database) {
    let store = database.open().await;
    let folder = database.folder().join("extract");
    let mut tx = store.write().await.unwrap();
    let slow = tx.begin_extract("slow", 1).await.unwrap();
    tx.commit().await.unwrap();
    write_extract(&folder, "120.50");
    import(&store, &Clock::System, &folder).await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert!(tx.make_current(slow, (0, 0, 0), 2).await.is_err());
    tx.roll_back().await.unwrap();
    assert!(store.read().await.unwrap().whole_account(ANA).await.unwrap().is_some());
}
