//! Watched folders: what is complete is taken once and moved aside, what cannot be taken says why.

use std::fs;
use std::path::Path;

use crate::harness::database::{Database, Kind};
use crate::harness::system::System;

const SOURCE: &str = "folder:scans";

fn letter(number: usize) -> String {
    format!("From: c{number}@customer.example\nMessage-ID: <{number}@c.example>\nSubject: Bill\n\nHello {number}\n")
}

async fn watching(database: &Database, folder: &Path) -> System {
    let sections = format!("[[folder]]\nname = \"scans\"\npath = \"{}\"\npoll_seconds = 1\n", folder.display());
    System::start(database, &sections).await
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complete_files_are_taken_once_and_moved_aside() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("1.eml"), letter(1)).unwrap();
    fs::write(folder.join("all.mbox"), format!("From a\n{}\nFrom b\n{}\n", letter(1), letter(2))).unwrap();
    fs::write(folder.join("half.eml.part"), "From: half").unwrap();
    fs::write(folder.join("large.eml"), "").unwrap();
    // A file of holes: as large as a message may not be, without filling the disk.
    fs::File::options().write(true).open(folder.join("large.eml")).unwrap().set_len(65 * 1024 * 1024).unwrap();
    let system = watching(&database, &folder).await;
    let source = system.source_when(SOURCE, |source| source.arrivals == 2 && source.held == Some(0)).await;
    assert_eq!((source.unaccounted(), source.failure), (Some(0), None));
    assert_eq!(system.letters().await, 2);
    assert_eq!(names(&folder), ["done", "half.eml.part", "rejected"]);
    assert_eq!(names(&folder.join("done")), ["1.eml", "all.mbox"]);
    assert_eq!(names(&folder.join("rejected")), ["large.eml", "large.eml.reason.txt"]);
    let reason = fs::read_to_string(folder.join("rejected/large.eml.reason.txt")).unwrap();
    assert!(reason.contains("68157440 bytes"), "{reason}");
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_maildir_is_emptied_but_for_what_is_still_being_written() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder().join("in");
    for inner in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(inner)).unwrap();
    }
    fs::write(folder.join("new/1"), letter(1)).unwrap();
    fs::write(folder.join("cur/2:2,S"), letter(2)).unwrap();
    fs::write(folder.join("tmp/3"), "From: half").unwrap();
    let system = watching(&database, &folder).await;
    system.source_when(SOURCE, |source| source.arrivals == 2 && source.held == Some(0)).await;
    assert_eq!(names(&folder.join("done")), ["1", "2:2,S"]);
    assert_eq!(names(&folder.join("tmp")), ["3"]);
    system.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_not_there_is_told_and_taken_when_it_comes() {
    let database = Database::fresh(Kind::Sqlite);
    let folder = database.folder().join("later");
    let system = watching(&database, &folder).await;
    let source = system.source_when(SOURCE, |source| source.failure.is_some()).await;
    assert!(source.failure.unwrap().contains("No such file"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("1.eml"), letter(1)).unwrap();
    let source = system.source_when(SOURCE, |source| source.arrivals == 1 && source.failure.is_none()).await;
    assert_eq!(source.failing_since, None);
    system.running.stop().await;
}
