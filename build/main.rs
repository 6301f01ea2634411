//! Learns the classifier's model from the starting letters while the program is built, so that it
//! need not be learned at every start. The same letters give the same model.

#[path = "../src/classification/concepts.rs"]
mod concepts;
mod flags;
#[path = "../src/classification/learning.rs"]
mod learning;
mod letter;
#[expect(unreachable_pub, reason = "the program shows letters to others")]
#[path = "../src/classification/letters.rs"]
mod letters;
#[expect(dead_code, unreachable_pub, unused_imports, reason = "the program uses the model, the build only learns it")]
#[path = "../src/classification/model/mod.rs"]
mod model;
#[path = "../src/classification/phrases.rs"]
mod phrases;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build/main.rs");
    match learn() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the starting letters: {error}");
            ExitCode::FAILURE
        }
    }
}

fn learn() -> Result<(), Box<dyn std::error::Error>> {
    let model = learning::learn(&letters::starting_letters()?);
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no folder to write to")?);
    std::fs::write(folder.join("starting.model"), model.to_bytes())?;
    Ok(())
}
