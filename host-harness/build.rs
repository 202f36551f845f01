//! Builds the component that the runner embeds, and writes its name, version, licence and description into it. Writes the
//! JSON Schema of the contract.
//!
//! The component is a package of the same workspace for another target, so it is built by a cargo of its own, in a
//! target directory of its own: the outer cargo holds the lock of the usual one. `LOGZIO_SOAR_COMPONENT=FILE` embeds a
//! component that was built elsewhere.

mod schema;

use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Payload, Version};

const TARGET: &str = "wasm32-wasip2";
const PREBUILT: &str = "LOGZIO_SOAR_COMPONENT";

fn main() {
    if let Err(error) = list_cases().and_then(|()| embed()) {
        // One line, which cargo prints whole; the nested cargo has said the rest.
        println!("cargo::error={}", error.to_string().replace('\n', " "));
        std::process::exit(1);
    }
}

/// Lists the cases of the conformance suite, so that the command needs no files.
fn list_cases() -> Result<(), Box<dyn Error>> {
    let cases = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("conformance").join("cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    let mut files = Vec::new();
    for group in fs::read_dir(&cases).map_err(|error| at(&cases, error))? {
        let group = group?.path();
        for file in fs::read_dir(&group).map_err(|error| at(&group, error))? {
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
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("conformance_cases.rs"), list)?;
    Ok(())
}

fn embed() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root =
        PathBuf::from(variable("CARGO_MANIFEST_DIR")?).parent().ok_or("the package lies in no workspace")?.to_owned();

    println!("cargo::rerun-if-env-changed={PREBUILT}");
    for own in ["build.rs", "schema.rs"] {
        println!("cargo::rerun-if-changed={own}");
    }
    for part in ["src", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
    }

    fs::write(out.join("contract.schema.json"), schema::of_contract(&root.join("wit"))?)?;

    let embedded = out.join("logzio-soar.wasm");
    if let Some(prebuilt) = env::var_os(PREBUILT).filter(|file| !file.is_empty()) {
        // Where the command was given, for cargo runs build scripts in the package.
        let prebuilt = root.join(prebuilt);
        println!("cargo::rerun-if-changed={}", prebuilt.display());
        fs::copy(&prebuilt, &embedded).map_err(|error| at(&prebuilt, error))?;
        return Ok(());
    }

    let target = target_directory(&out)?;
    let built = build(&root, &target.join("component"))?;
    let wasm = fs::read(&built).map_err(|error| at(&built, error))?;
    let wasm = with_metadata(&wasm, &root.join("Cargo.toml"))?;
    for file in [embedded, target.join("logzio-soar.wasm")] {
        fs::write(&file, &wasm).map_err(|error| at(&file, error))?;
    }
    Ok(())
}

/// The target directory of the outer cargo: the directory above `OUT_DIR` that cargo tagged as a cache.
fn target_directory(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    out.ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .or_else(|| out.ancestors().nth(4))
        .map(Path::to_owned)
        .ok_or_else(|| "OUT_DIR lies in no target directory".into())
}

fn build(root: &Path, target: &Path) -> Result<PathBuf, Box<dyn Error>> {
    check_target_is_installed()?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(root)
        .args(["build", "--profile", "component", "--package", "logzio-soar", "--lib"])
        .args(["--target", TARGET, "--locked", "--target-dir"])
        .arg(target);
    // What the outer cargo says about this build is not meant for that one: flags and wrappers (clippy's driver is
    // one) would break it, or rebuild it at every turn between `cargo build` and `cargo clippy`.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(belongs_to_this_build) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return Err(format!(
            "the component could not be built ({}); `cargo build --package logzio-soar --lib --target {TARGET}` says why",
            output.status
        )
        .into());
    }
    Ok(target.join(TARGET).join("component").join("logzio_soar.wasm"))
}

fn belongs_to_this_build(name: &str) -> bool {
    const EXACT: [&str; 10] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_TARGET_DIR",
        "CLIPPY_ARGS",
    ];
    const PREFIXES: [&str; 5] = ["CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_PROFILE_"];
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn check_target_is_installed() -> Result<(), Box<dyn Error>> {
    let rustc = variable("RUSTC")?;
    let answer = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .map_err(|error| format!("rustc could not be started: {error}"))?;
    let libraries = String::from_utf8_lossy(&answer.stdout);
    if answer.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(format!(
        "the target {TARGET} is not installed, and the component is built for it; add it with: rustup target add {TARGET}"
    )
    .into())
}

/// Writes what the root manifest says of the package into the component, for registries and for people who find it alone.
fn with_metadata(wasm: &[u8], manifest: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = fs::read_to_string(manifest).map_err(|error| at(manifest, error))?;
    let manifest: toml::Table = text.parse()?;
    let text = |key: &str| -> Result<String, Box<dyn Error>> {
        let own = manifest.get("package").and_then(|package| package.get(key));
        let shared = manifest
            .get("workspace")
            .and_then(|workspace| workspace.get("package"))
            .and_then(|package| package.get(key));
        own.and_then(toml::Value::as_str)
            .or(shared.and_then(toml::Value::as_str))
            .map(str::to_owned)
            .ok_or_else(|| format!("the root manifest names no {key}").into())
    };

    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(text("name")?);
    metadata.version = AddMetadataField::Set(Version::new(text("version")?));
    metadata.description = AddMetadataField::Set(Description::new(text("description")?));
    metadata.licenses = AddMetadataField::Set(Licenses::new(&text("license")?)?);
    let wasm = metadata.to_wasm(wasm)?;
    // A file that cannot be read again must never be embedded.
    Payload::from_binary(&wasm)?;
    Ok(wasm)
}

fn variable(name: impl AsRef<OsStr> + Display + Copy) -> Result<std::ffi::OsString, Box<dyn Error>> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}").into())
}

fn at(file: &Path, error: impl Display) -> String {
    format!("{}: {error}", file.display())
}
