//! Compares the simulator, and the component's check of queries, with Lucene
//! itself. `tests/lucene/run` calls it before and after Lucene.
//!
//! ```text
//! lucene generate FOLDER SEED COUNT   writes documents and queries
//! lucene compare FOLDER               reads them and Lucene's answers
//! ```

#[allow(dead_code, unreachable_pub, reason = "a module of the simulator, to be compared with Lucene's analysis")]
#[path = "../../src/logs/analysis.rs"]
mod analysis;
mod comparison;
mod documents;
mod hunts;
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a module of the component, to be compared with Lucene's verdicts"
)]
#[path = "../../../src/lucene/mod.rs"]
mod lucene;
mod queries;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["generate", folder, seed, count] => {
            let mut random = fastrand::Rng::with_seed(seed.parse()?);
            let folder = Path::new(folder);
            std::fs::write(folder.join("documents.jsonl"), documents::generate(&mut random, 200))?;
            std::fs::write(folder.join("queries.jsonl"), queries::generate(&mut random, count.parse()?))?;
            Ok(ExitCode::SUCCESS)
        }
        ["compare", folder] => comparison::compare(Path::new(folder)),
        _ => Err("usage: lucene generate FOLDER SEED COUNT | lucene compare FOLDER".into()),
    }
}
