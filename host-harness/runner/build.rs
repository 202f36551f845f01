//! Writes the JSON Schema of the contract and, with the feature `embedded`, builds the components of this workspace.

#[cfg(feature = "embedded")]
mod embed;
mod schema;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    if let Err(error) = generate() {
        // One line, which cargo prints whole; the nested cargo has said the rest.
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not set CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    for part in ["build.rs", "embed.rs", "schema.rs", "wit"] {
        println!("cargo::rerun-if-changed={part}");
    }
    fs::write(out.join("contract.schema.json"), schema::of_contract(&package.join("wit"))?)?;
    #[cfg(feature = "embedded")]
    embed::all(&package, &out)?;
    Ok(())
}
