//! The command: checks the workspace of the current folder, or the crates that are named.

use std::path::Path;
use std::process::ExitCode;

use layers::workspace;

fn main() -> ExitCode {
    let only: Vec<String> = std::env::args().skip(1).collect();
    match workspace::check(Path::new("."), &only) {
        Ok(findings) if findings.faults.is_empty() => {
            println!("layers: {} crates, {} files: no circle, no arrow upwards", findings.crates, findings.files);
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for fault in &findings.faults {
                eprintln!("{fault}");
            }
            eprintln!("layers: {} faults in {} crates", findings.faults.len(), findings.crates);
            ExitCode::FAILURE
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
