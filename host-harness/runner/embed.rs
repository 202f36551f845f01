//! Builds the components that the runner embeds, and writes name, version, licence and description into each.
//!
//! They are packages of the same workspace for another target, so they are built by a cargo of its own, in target
//! directories of their own: the outer cargo holds the lock of the usual one, and the core that both are made from has other
//! features in each. `LOGZIO_SOAR_COMPONENT=FILE` and `LOGZIO_SOAR_HTTP_COMPONENT=FILE` embed components that were built
//! elsewhere.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Payload, Version};

const TARGET: &str = "wasm32-wasip2";

/// A component to embed.
struct Embedded {
    package: &'static str,
    /// Where the package's manifest is.
    directory: &'static str,
    /// The directory that it is built in, in the target directory.
    built_in: &'static str,
    /// What cargo calls the file, and what we call it.
    files: (&'static str, &'static str),
    /// The variable with one that was built elsewhere.
    prebuilt: &'static str,
}

const EMBEDDED: [Embedded; 2] = [
    Embedded {
        package: "logzio-soar",
        directory: "",
        built_in: "component",
        files: ("logzio_soar.wasm", "logzio-soar.wasm"),
        prebuilt: "LOGZIO_SOAR_COMPONENT",
    },
    Embedded {
        package: "logzio-soar-http",
        directory: "hosts/http",
        built_in: "component-http",
        files: ("logzio_soar_http.wasm", "logzio-soar-http.wasm"),
        prebuilt: "LOGZIO_SOAR_HTTP_COMPONENT",
    },
];

pub(crate) fn all(package: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let root = package.ancestors().nth(2).ok_or("the package lies in no workspace")?;
    for part in ["src", "hosts/http", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
    }
    let target = target_directory(out)?;
    for component in &EMBEDDED {
        println!("cargo::rerun-if-env-changed={}", component.prebuilt);
        let embedded = out.join(component.files.1);
        if let Some(prebuilt) = env::var_os(component.prebuilt).filter(|file| !file.is_empty()) {
            // Where the command was given, for cargo runs build scripts in the package.
            let prebuilt = root.join(prebuilt);
            println!("cargo::rerun-if-changed={}", prebuilt.display());
            fs::copy(&prebuilt, &embedded).map_err(|error| at(&prebuilt, error))?;
            continue;
        }
        let built = build(root, component, &target.join(component.built_in))?;
        let wasm = fs::read(&built).map_err(|error| at(&built, error))?;
        let wasm = with_metadata(&wasm, root, component)?;
        for file in [embedded, target.join(component.files.1)] {
            fs::write(&file, &wasm).map_err(|error| at(&file, error))?;
        }
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

fn build(root: &Path, component: &Embedded, target: &Path) -> Result<PathBuf, Box<dyn Error>> {
    check_target_is_installed()?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(root)
        .args(["build", "--profile", "component", "--package", component.package, "--lib"])
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
            "the component could not be built ({}); `cargo build --package {} --lib --target {TARGET}` says why",
            output.status, component.package
        )
        .into());
    }
    Ok(target.join(TARGET).join("component").join(component.files.0))
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

/// Writes what the manifests say of the package into the component, for registries and for people who find it alone.
fn with_metadata(wasm: &[u8], root: &Path, component: &Embedded) -> Result<Vec<u8>, Box<dyn Error>> {
    let manifest = |directory: &Path| -> Result<toml::Table, Box<dyn Error>> {
        let file = directory.join("Cargo.toml");
        Ok(fs::read_to_string(&file).map_err(|error| at(&file, error))?.parse()?)
    };
    let (package, workspace) = (manifest(&root.join(component.directory))?, manifest(root)?);
    let text = |key: &str| -> Result<String, Box<dyn Error>> {
        let own = package.get("package").and_then(|package| package.get(key));
        let shared = workspace
            .get("workspace")
            .and_then(|workspace| workspace.get("package"))
            .and_then(|shared| shared.get(key));
        own.and_then(toml::Value::as_str)
            .or(shared.and_then(toml::Value::as_str))
            .map(str::to_owned)
            .ok_or_else(|| format!("the manifests name no {key} of {}", component.package).into())
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
