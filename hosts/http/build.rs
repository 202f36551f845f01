//! Writes, from the WIT: the JSON form of the contract's types in Rust, the calls of its functions, and the OpenAPI document.

mod generator;
mod openapi;
#[path = "../../host-harness/runner/schema.rs"]
mod schema;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    if let Err(error) = generate() {
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not set CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    let wit = package.join("../../wit");
    println!("cargo::rerun-if-changed={}", wit.display());
    for own in ["build.rs", "generator.rs", "openapi.rs", "../../host-harness/runner/schema.rs"] {
        println!("cargo::rerun-if-changed={own}");
    }
    fs::write(out.join("json_form.rs"), generator::of_contract(&wit)?)?;
    let schema = serde_json::from_str(&schema::of_contract(&wit)?)?;
    let version = env::var("CARGO_PKG_VERSION")?;
    fs::write(out.join("openapi.json"), openapi::of_schema(&schema, &version)?)?;
    Ok(())
}
