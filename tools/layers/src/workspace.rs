//! The crates of a workspace, as Cargo knows them: each against its layers, and all against each other.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::declared::Layers;
use crate::fault::Fault;
use crate::files::{Disk, Files};
use crate::graph::Graph;
use crate::package::{self, Declaration};
use crate::text;

/// The document that declares the layers of the crates.
pub const ARCHITECTURE: &str = "docs/architecture.md";

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many crates were checked.
    pub crates: usize,
    /// How many source files they have.
    pub files: usize,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Checks the crates of the workspace in a folder against each other, and the modules of all, or of those of these names.
///
/// # Errors
///
/// What Cargo says if it cannot read the workspace.
pub fn check(root: &Path, only: &[String]) -> Result<Findings, Fault> {
    let metadata = metadata(root)?;
    let packages = metadata.get("packages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named: Vec<&str> = packages.iter().map(|package| text(package, "name")).collect();
    if let Some(unknown) = only.iter().find(|name| !named.contains(&name.as_str())) {
        return Err(Fault::new(format!("there is no crate {unknown}; there are {}", named.join(", "))));
    }
    let root = PathBuf::from(text(&metadata, "workspace_root"));
    let files = Disk::new(&root);
    let mut findings = Findings::default();
    for package in
        packages.iter().filter(|package| only.is_empty() || only.iter().any(|it| it == text(package, "name")))
    {
        findings.crates += 1;
        for target in package.get("targets").and_then(Value::as_array).into_iter().flatten() {
            let source = PathBuf::from(text(target, "src_path"));
            let source = source.strip_prefix(&root).unwrap_or(&source);
            let (name, declaration) = described(text(package, "name"), target);
            match package::check(&files, source, &name, declaration) {
                Ok(found) => {
                    findings.files += found.files;
                    findings.faults.extend(found.faults);
                }
                Err(fault) => findings.faults.push(fault),
            }
        }
    }
    let graph = crates(packages, &root, &files);
    findings.faults.extend(graph.circles("the workspace"));
    let architecture = files.read(Path::new(ARCHITECTURE)).unwrap_or_default();
    match Layers::read(ARCHITECTURE, &text::lines(&architecture, 1).collect::<Vec<_>>())? {
        Some(layers) => findings.faults.extend(graph.against(&layers, ARCHITECTURE, "the workspace", None)),
        None => {
            let what = format!("{ARCHITECTURE} declares no layers: name the crates in a block as this one");
            findings.faults.push(Fault::new(what).at(graph.proposal()));
        }
    }
    Ok(findings)
}

fn metadata(root: &Path) -> Result<Value, Fault> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| Fault::new(format!("cargo cannot be run: {error}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Fault::new("cargo cannot read the workspace").at([why]));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Fault::new(format!("cargo described the workspace in an unknown form: {error}")))
}

/// What a report calls a target of a package, and whether it must declare its layers.
fn described(package: &str, target: &Value) -> (String, Declaration) {
    let kinds: Vec<&str> =
        target.get("kind").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let kind = kinds.first().copied().unwrap_or_default();
    match kind {
        "bin" => (format!("{package} (command)"), Declaration::Required),
        "test" | "example" | "bench" => (format!("{package} ({kind} {})", text(target, "name")), Declaration::Optional),
        "custom-build" => (format!("{package} (build script)"), Declaration::Optional),
        _ => (package.to_owned(), Declaration::Required),
    }
}

/// Which crate depends on which, tests aside.
fn crates(packages: &[Value], root: &Path, files: &dyn Files) -> Graph {
    let mut graph = Graph::default();
    for package in packages {
        graph.node(text(package, "name"));
    }
    for package in packages {
        let manifest = PathBuf::from(text(package, "manifest_path"));
        let manifest = manifest.strip_prefix(root).unwrap_or(&manifest);
        let lines = files.read(manifest).unwrap_or_default();
        for dependency in package.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
            if dependency.get("path").is_some_and(Value::is_string) && text(dependency, "kind") != "dev" {
                let name = text(dependency, "name");
                let line = lines.lines().position(|line| line.contains(name) && !line.contains("name ="));
                let file = manifest.display().to_string();
                graph.arrow(text(package, "name"), name, &file, line.map_or(1, |line| line + 1), name);
            }
        }
    }
    graph
}

fn text<'value>(value: &'value Value, key: &str) -> &'value str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
