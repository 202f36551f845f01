//! Builds the components that the runner embeds, and writes name, version, licence and description into each.
//!
//! They are packages of this workspace for another target. A nested cargo builds each in a target directory of its own: the
//! outer cargo holds the lock of the usual one, and the core that both are made from has different features in each.
//! `LOGZIO_SOAR_COMPONENT=FILE` and `LOGZIO_SOAR_HTTP_COMPONENT=FILE` embed components that were built elsewhere, which is the
//! only way outside of the workspace.

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
    /// The directory of the package, in the workspace.
    directory: &'static str,
    /// The directory that it is built in, in the target directory.
    built_in: &'static str,
    /// The name that cargo gives the file, and its own.
    files: (&'static str, &'static str),
    /// The variable that names one that was built elsewhere.
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
        directory: "hosts/http/component",
        built_in: "component-http",
        files: ("logzio_soar_http.wasm", "logzio-soar-http.wasm"),
        prebuilt: "LOGZIO_SOAR_HTTP_COMPONENT",
    },
];

pub(crate) fn all(package: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let workspace = workspace(package);
    for part in ["src", "hosts/http/api", "hosts/http/component", "host-harness/wit-json", "Cargo.toml", "Cargo.lock"] {
        if let Some(workspace) = workspace {
            println!("cargo::rerun-if-changed={}", workspace.join(part).display());
        }
    }
    let target = target_directory(out)?;
    for component in &EMBEDDED {
        println!("cargo::rerun-if-env-changed={}", component.prebuilt);
        let embedded = out.join(component.files.1);
        if let Some(prebuilt) = env::var_os(component.prebuilt).filter(|file| !file.is_empty()) {
            // Relative to where cargo was started: it runs build scripts in the package.
            let prebuilt = workspace.unwrap_or(package).join(prebuilt);
            println!("cargo::rerun-if-changed={}", prebuilt.display());
            fs::copy(&prebuilt, &embedded).map_err(|error| at(&prebuilt, error))?;
            continue;
        }
        let workspace = workspace.ok_or_else(|| no_workspace(package))?;
        let built = build(workspace, component, &target.join(component.built_in))?;
        let wasm = fs::read(&built).map_err(|error| at(&built, error))?;
        let wasm = with_metadata(&wasm, workspace, component)?;
        for file in [embedded, target.join(component.files.1)] {
            fs::write(&file, &wasm).map_err(|error| at(&file, error))?;
        }
    }
    Ok(())
}

/// The workspace of the components, if this package lies in it.
fn workspace(package: &Path) -> Option<&Path> {
    let workspace = package.ancestors().nth(2)?;
    let all = EMBEDDED.iter().all(|component| workspace.join(component.directory).join("Cargo.toml").is_file());
    all.then_some(workspace)
}

fn no_workspace(package: &Path) -> String {
    let variables = EMBEDDED.map(|component| component.prebuilt).join(" and ");
    format!(
        "the feature `embedded` builds components from the workspace of logzio-soar, and {} is not in it: set {variables} to \
         the paths of finished components, or leave the feature out",
        package.display()
    )
}

/// The target directory of the outer cargo: the directory above `OUT_DIR` that cargo tagged as a cache.
pub(crate) fn target_directory(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    out.ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .or_else(|| out.ancestors().nth(4))
        .map(Path::to_owned)
        .ok_or_else(|| "OUT_DIR lies in no target directory".into())
}

fn build(workspace: &Path, component: &Embedded, target: &Path) -> Result<PathBuf, Box<dyn Error>> {
    check_target_is_installed()?;
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .current_dir(workspace)
        .args(["build", "--profile", "component", "--package", component.package, "--lib"])
        .args(["--target", TARGET, "--locked", "--target-dir"])
        .arg(target);
    // The flags and wrappers of the outer build, such as clippy's driver, would break this one, or rebuild it whenever
    // `cargo build` follows `cargo clippy`.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(belongs_to_outer_build) {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return Err(format!(
            "the component could not be built ({}); for the reason, run: cargo build --package {} --lib --target {TARGET}",
            output.status, component.package
        )
        .into());
    }
    Ok(target.join(TARGET).join("component").join(component.files.0))
}

/// Whether cargo, or who started it, set a variable for the outer build alone.
fn belongs_to_outer_build(name: &str) -> bool {
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
        "the component is built for the target {TARGET}, which is not installed; add it with: rustup target add {TARGET}"
    )
    .into())
}

/// Writes name, version, description and licence from the manifests into the component, for registries and for people who
/// have only the file.
fn with_metadata(wasm: &[u8], workspace: &Path, component: &Embedded) -> Result<Vec<u8>, Box<dyn Error>> {
    let manifest = |directory: &Path| -> Result<toml::Table, Box<dyn Error>> {
        let file = directory.join("Cargo.toml");
        Ok(fs::read_to_string(&file).map_err(|error| at(&file, error))?.parse()?)
    };
    let (package, shared) = (manifest(&workspace.join(component.directory))?, manifest(workspace)?);
    let text = |key: &str| -> Result<String, Box<dyn Error>> {
        let own = package.get("package").and_then(|package| package.get(key));
        let shared =
            shared.get("workspace").and_then(|workspace| workspace.get("package")).and_then(|shared| shared.get(key));
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
    // Never embed a file that cannot be read again.
    Payload::from_binary(&wasm)?;
    Ok(wasm)
}

fn variable(name: impl AsRef<OsStr> + Display + Copy) -> Result<std::ffi::OsString, Box<dyn Error>> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}").into())
}

fn at(file: &Path, error: impl Display) -> String {
    format!("{}: {error}", file.display())
}
