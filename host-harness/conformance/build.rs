//! Lists the cases of the conformance suite that are data, so that the suite needs no files.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    if let Err(error) = list_cases() {
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

/// Lists the cases of the conformance suite, so that the command needs no files.
fn list_cases() -> Result<(), Box<dyn Error>> {
    let cases = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    let mut files = Vec::new();
    for group in fs::read_dir(&cases).map_err(|error| format!("{}: {error}", cases.display()))? {
        let group = group?.path();
        for file in fs::read_dir(&group).map_err(|error| format!("{}: {error}", group.display()))? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "json") {
                files.push(file);
            }
        }
    }
    files.sort();
    let mut list = String::from("const FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(&cases)?.with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", file.display().to_string()));
    }
    list.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("conformance_cases.rs"), list)?;
    Ok(())
}
