//! A crate: its modules against each other, folder by folder, and against the layers that it declares.

use std::collections::BTreeMap;
use std::path::Path;

use crate::declared::Layers;
use crate::fault::Fault;
use crate::files::Files;
use crate::graph::Graph;
use crate::references::{Form, Import};
use crate::resolve::{Names, Target};
use crate::tree::{Id, Tree};

/// Whether a crate must declare its layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// It must, if it has more than one module.
    Required,
    /// It need not: circles are looked for all the same.
    Optional,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many files the crate has.
    pub files: usize,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Checks the crate that begins with a file.
///
/// # Errors
///
/// A file that cannot be read or parsed.
pub fn check(files: &dyn Files, root: &Path, name: &str, declaration: Declaration) -> Result<Findings, Fault> {
    let tree = Tree::read(files, root)?;
    let mut findings = Findings { files: tree.files().count(), faults: Vec::new() };
    for (folder, graph) in graphs(&tree) {
        let module = tree.get(folder);
        let whole = if folder == Tree::ROOT { name.to_owned() } else { format!("{name}, {}", tree.path(folder)) };
        findings.faults.extend(graph.circles(&whole));
        let file = module.file.display().to_string();
        match Layers::read(&file, &module.docs)? {
            Some(layers) => {
                findings.faults.extend(graph.against(&layers, &file, &whole, Some(&own_name(&tree, folder))));
            }
            None if folder == Tree::ROOT && declaration == Declaration::Required && !module.children.is_empty() => {
                let what =
                    format!("{file} declares no layers: name them in a block as this one, then say what they are");
                findings.faults.push(Fault::new(what).at(graph.proposal()));
            }
            None => {}
        }
    }
    Ok(findings)
}

/// For each module with children in files, who uses whom among them and itself.
fn graphs(tree: &Tree) -> BTreeMap<Id, Graph> {
    let mut graphs: BTreeMap<Id, Graph> = BTreeMap::new();
    for id in tree.files() {
        if let Some(parent) = tree.parent_file(id) {
            let graph = graphs.entry(parent).or_default();
            graph.node(&own_name(tree, parent));
            graph.node(&tree.get(id).name);
        }
    }
    let names = Names::read(tree);
    for user in tree.ids() {
        let from = tree.get(user).of_file;
        let Some(contents) = names.contents(user) else { continue };
        for reference in &contents.references {
            let mut targets = names.resolve(user, &reference.path);
            if let [name] = reference.path.as_slice()
                && reference.form == Form::Path
            {
                let imported = |import: &Import| !import.passes_on && import.name.as_ref() == Some(name);
                if contents.imports.iter().any(imported) {
                    // Its `use` item is what to look at.
                    continue;
                }
                // A lone name in an expression or a type is never a module's.
                targets.retain(|target| target.item.is_some());
                if targets.is_empty() {
                    targets = names.resolve_macro(name);
                }
            }
            for Target { module, .. } in targets {
                let to = tree.get(module).of_file;
                let within = |inner: Id, outer: Id| tree.ancestry(inner).contains(&outer);
                let ignored = from == to
                    || (reference.form == Form::ReExport && within(to, from))
                    || (reference.form == Form::Glob && (within(to, from) || within(from, to)));
                if !ignored {
                    let (folder, from_name, to_name) = common(tree, from, to);
                    let file = tree.get(from).file.display().to_string();
                    let written = reference.path.join("::");
                    let graph = graphs.entry(folder).or_default();
                    graph.arrow(&from_name, &to_name, &file, reference.line, &written);
                }
            }
        }
    }
    graphs
}

/// The innermost folder that has both, and what they are called in it.
fn common(tree: &Tree, from: Id, to: Id) -> (Id, String, String) {
    let (from, to) = (tree.ancestry(from), tree.ancestry(to));
    let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let folder = shared.checked_sub(1).and_then(|last| from.get(last)).copied().unwrap_or(Tree::ROOT);
    let called = |way: &[Id]| match way.get(shared) {
        Some(&part) => tree.get(part).name.clone(),
        None => own_name(tree, folder),
    };
    (folder, called(&from), called(&to))
}

/// What the code of a folder's own file is called: `lib`, `main` or `mod`.
fn own_name(tree: &Tree, folder: Id) -> String {
    if folder == Tree::ROOT { tree.get(folder).name.clone() } else { "mod".to_owned() }
}
