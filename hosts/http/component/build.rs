//! Generates, from the WIT: the JSON form of the contract's types in Rust, the calls of its functions, and the OpenAPI
//! document.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use logzio_soar_http_api::openapi;
use logzio_soar_wit_json::generate::Contract;

fn main() {
    if let Err(error) = generate() {
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not set CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    let wit = package.join("../../../wit");
    println!("cargo::rerun-if-changed={}", wit.display());
    println!("cargo::rerun-if-changed=build.rs");
    let contract = Contract::read(&wit)?;
    let bindings = "logzio_soar::contract";
    let schema = serde_json::from_str(&contract.schema()?)?;
    fs::write(out.join("json_form.rs"), contract.readers_and_writers(bindings)? + &contract.calls(bindings)?)?;
    fs::write(out.join("openapi.json"), openapi::of_schema(&schema, &env::var("CARGO_PKG_VERSION")?)?)?;
    Ok(())
}
