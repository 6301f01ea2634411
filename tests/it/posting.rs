//! A customer who wrote on paper is answered on paper: drafted, approved, printed in a batch,
//! mailed, and booked when it comes back.

use std::path::Path;
use std::process::Command;

use penstock::clock::Clock;
use penstock::ids::CaseRef;
use penstock::journal::Actor;
use penstock::letter::{Channel, Role};
use penstock::pipeline::import::import;
use penstock::review::{Edit, Person, Posting, ReviewError, add_user};
use penstock::store::{CaseFilter, CaseRow};

use crate::harness::database::{Database, on_both_databases};
use crate::harness::system::System;
use crate::scans::paper::{self, pdf};

on_both_databases!(a_scanned_letter_is_answered_by_post, an_address_too_long_for_the_window_is_not_submitted,);

const ACCOUNT: &str = "0012345678901234";

async fn person(system: &System, login: &str, role: Role) -> Person {
    let id =
        add_user(&system.store, Clock::System.now(), Actor::Operator, (login, login, role), "correct horse battery")
            .await
            .unwrap();
    Person { id, name: login.to_owned(), role }
}

async fn case_of(system: &System, reference: Option<&CaseRef>) -> CaseRow {
    for _ in 0..1200 {
        let mut tx = system.store.read().await.unwrap();
        let found = match reference {
            Some(reference) => tx.case_by_reference(reference.as_str()).await.unwrap(),
            None => tx.cases(&CaseFilter { limit: 1, ..CaseFilter::default() }).await.unwrap().pop(),
        };
        drop(tx);
        if let Some(case) = found {
            return case;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no case was opened");
}

/// A system with one account on file and one scanned letter that names it.
async fn office(database: &Database) -> (System, Person, Person, CaseRow) {
    let store = database.open().await;
    let extract = database.folder().join("extract");
    std::fs::create_dir_all(&extract).unwrap();
    std::fs::write(
        extract.join("accounts.csv"),
        format!(
            "account_number,status,name,mailing_address,service_address\n\
             {ACCOUNT},active,Maria Gonzalez,\"1234 N Hancock St, Apt 3R, Philadelphia, PA 19122\",1234 N HANCOCK ST APT 3R\n"
        ),
    )
    .unwrap();
    import(&store, &Clock::System, &extract).await.unwrap();
    store.close().await;
    // The program itself converts scans: its children are the same program.
    std::fs::write(database.folder().join("letter.pdf"), pdf(&[paper::ENGLISH])).unwrap();
    let taken = Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(["ingest", "letter.pdf"])
        .env("PENSTOCK_DATABASE_URL", &database.url)
        .env("PENSTOCK_DATA_DIR", database.folder().join("data"))
        .current_dir(database.folder())
        .output()
        .unwrap();
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let system = System::start(database, "[organization]\nletterhead = [\"Customer Contact Center\"]\n").await;
    let trainee = person(&system, "trainee", Role::Trainee).await;
    let supervisor = person(&system, "supervisor", Role::Supervisor).await;
    let case = case_of(&system, None).await;
    (system, trainee, supervisor, case)
}

fn said(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the code of a letter's first page says.
fn code(folder: &Path, file: &str) -> String {
    said(folder, "pdftoppm", &["-r", "150", "-gray", "-png", "-singlefile", file, "page"]);
    let page = image::open(folder.join("page.png")).unwrap().to_luma8();
    let (width, height) = (usize::try_from(page.width()).unwrap(), usize::try_from(page.height()).unwrap());
    let pixels = page.as_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    prepared.detect_grids().first().expect("the first page has a code").decode().unwrap().1
}

async fn a_scanned_letter_is_answered_by_post(database: &Database) {
    let (system, trainee, supervisor, case) = office(database).await;
    let office = &system.running.office;
    let reference = case.reference.clone();
    let mut tx = system.store.read().await.unwrap();
    let draft = tx.latest_revision(&case.id).await.unwrap().unwrap();
    drop(tx);
    assert_eq!(draft.channel, Channel::Post, "who wrote on paper is answered on paper");
    let on_file = "Maria Gonzalez\n1234 N Hancock St\nApt 3R\nPhiladelphia, PA 19122";
    assert_eq!(draft.recipient.as_deref(), Some(on_file));

    office.claim(&trainee, &reference, case.version).await.unwrap();
    let version = case_of(&system, Some(&reference)).await.version;
    let edit = Edit { subject: draft.subject.clone(), body: draft.body.clone() };
    office.submit(&trainee, &reference, version, &edit).await.unwrap();
    let submitted = case_of(&system, Some(&reference)).await;
    let mut tx = system.store.read().await.unwrap();
    let revision = tx.latest_revision(&case.id).await.unwrap().unwrap();
    drop(tx);
    office.approve(&supervisor, &reference, submitted.version, &revision.id).await.unwrap();

    // The letter as approved: tagged, readable, with its code.
    let mut tx = system.store.read().await.unwrap();
    let delivery = tx.deliveries_of_case(&case.id).await.unwrap().pop().unwrap();
    let bytes = tx.delivery_bytes(&delivery.id).await.unwrap().unwrap();
    drop(tx);
    let folder = database.folder();
    std::fs::write(folder.join("letter.pdf"), &bytes).unwrap();
    let text = said(folder, "pdftotext", &["-layout", "letter.pdf", "-"]);
    for words in ["Customer Contact Center", "1234 N Hancock St", reference.as_str()] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    let tags = said(folder, "pdfinfo", &["-struct", "letter.pdf"]);
    for tag in [format!("H1 \"{}\"", draft.subject), "P (block)".to_owned(), "Figure".to_owned()] {
        assert!(tags.contains(&tag), "{tag} is not in {tags}");
    }
    assert_eq!(CaseRef::from_code(&code(folder, "letter.pdf")), Some(reference.clone()));

    // Nothing of it goes out by mail; the batch takes it, once.
    let batch = office.make_print_batch(&supervisor).await.unwrap();
    assert!(
        matches!(office.make_print_batch(&supervisor).await, Err(ReviewError::Invalid(_))),
        "nothing waits any more"
    );
    assert!(matches!(office.batch_was_mailed(&trainee, batch).await, Err(ReviewError::Forbidden(_))));
    let united = penstock::converters::printing::unite(&[bytes.clone(), bytes]).await.unwrap();
    std::fs::write(folder.join("batch.pdf"), united).unwrap();
    let pages = format!("Pages: {:>11}", 2 * delivery.pages.unwrap());
    assert!(said(folder, "pdfinfo", &["batch.pdf"]).contains(&pages), "{pages}");
    office.batch_was_mailed(&supervisor, batch).await.unwrap();
    assert_eq!(case_of(&system, Some(&reference)).await.state.name(), "answered");
    assert!(matches!(office.batch_was_mailed(&supervisor, batch).await, Err(ReviewError::Stale)), "mailed once");

    // It comes back: the case waits for a person, and the reason is on record.
    assert!(office.letter_returned(&trainee, "PENSTOCK-LTR-1:PW-2026-999999:00", "no such street").await.is_err());
    let booked = office.letter_returned(&trainee, &reference.code(), "no such street").await.unwrap();
    assert_eq!(booked, reference);
    assert_eq!(case_of(&system, Some(&reference)).await.state.name(), "undelivered");
    let entries = system.store.read().await.unwrap().journal_of_case(&case.id).await.unwrap();
    assert!(entries.iter().any(|entry| entry.kind == "reply.bounced" && entry.details.contains("no such street")));
    system.running.stop().await;
}

async fn an_address_too_long_for_the_window_is_not_submitted(database: &Database) {
    let (system, trainee, _, case) = office(database).await;
    let office = &system.running.office;
    let reference = case.reference.clone();
    office.claim(&trainee, &reference, case.version).await.unwrap();
    let version = case_of(&system, Some(&reference)).await.version;
    let address = format!("Maria Gonzalez\r\n{}\r\nPhiladelphia, PA 19122", "Very Long Street ".repeat(6));
    let posting = Posting { channel: Channel::Post, address, large_print: false };
    office.choose_posting(&trainee, &reference, version, &posting).await.unwrap();
    let version = case_of(&system, Some(&reference)).await.version;
    let draft = system.store.read().await.unwrap().latest_revision(&case.id).await.unwrap().unwrap();
    let edit = Edit { subject: draft.subject, body: draft.body };
    // That it goes elsewhere than to the address on file has a reason; that does not make it fit.
    office.justify(&trainee, &reference, version, ("recipient:address", "she moved")).await.unwrap();
    let version = case_of(&system, Some(&reference)).await.version;
    let refused = office.submit(&trainee, &reference, version, &edit).await.unwrap_err();
    assert!(refused.to_string().contains("too long for the envelope's window"), "{refused}");
    system.running.stop().await;
}
