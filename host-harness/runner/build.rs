//! Generates, from the WIT, the JSON Schema of the contract and the code that reads and writes its values. With the feature
//! `embedded`, also builds the components of this workspace, and leaves the schema beside them in the target directory.

#[cfg(feature = "embedded")]
mod embed;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use logzio_soar_wit_json::generate::Contract;

fn main() {
    if let Err(error) = generate() {
        // Cargo prints only the first line of an error. The nested cargo has printed the rest.
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not set CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    for part in ["build.rs", "embed.rs", "wit"] {
        println!("cargo::rerun-if-changed={part}");
    }
    let contract = Contract::read(&package.join("wit"))?;
    println!("cargo::rustc-env=LOGZIO_SOAR_CONTRACT={}", contract.name()?);
    println!("cargo::rustc-env=LOGZIO_SOAR_CONTRACT_VERSION={}", contract.version()?);
    let schema = contract.schema()?;
    fs::write(out.join("contract.schema.json"), &schema)?;
    let bindings = "crate::contract::bindings::exports::logzio::soar";
    let parts = [contract.readers_and_writers(bindings)?, contract.forms(bindings)?, contract.calls(bindings)?];
    fs::write(out.join("json_form.rs"), parts.join("\n"))?;
    #[cfg(feature = "embedded")]
    {
        embed::all(&package, &out)?;
        fs::write(embed::target_directory(&out)?.join("logzio-soar.schema.json"), &schema)?;
    }
    Ok(())
}
