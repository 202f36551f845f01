//! Where a path leads: the module that has what it names, through imports, renames and re-exports.

use std::collections::{BTreeMap, BTreeSet};

use crate::references::{self, Contents};
use crate::tree::{Id, Tree};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The module itself, or the one that has the item.
    pub module: Id,
    /// The item; `None` if the path leads to the module.
    pub item: Option<String>,
}

/// The names of a crate.
pub struct Names<'tree> {
    tree: &'tree Tree,
    contents: BTreeMap<Id, Contents>,
    /// Macros that are visible by the order of the text, and where they are defined.
    macros: BTreeMap<String, BTreeSet<Id>>,
    /// Macros at the root of the crate, and where they are defined.
    exported: BTreeMap<String, BTreeSet<Id>>,
    /// Functions and constants of a type that another module defines.
    associated: BTreeMap<(Target, String), BTreeSet<Id>>,
}

/// Names that are being looked up, so that imports of each other end.
type Pending = Vec<(Id, String)>;

impl<'tree> Names<'tree> {
    /// Reads the names of all modules.
    #[must_use]
    pub fn read(tree: &'tree Tree) -> Self {
        let contents: BTreeMap<Id, Contents> =
            tree.ids().map(|id| (id, references::read(&tree.get(id).items))).collect();
        let mut names =
            Self { tree, contents, macros: BTreeMap::new(), exported: BTreeMap::new(), associated: BTreeMap::new() };
        let mut associated: BTreeMap<(Target, String), BTreeSet<Id>> = BTreeMap::new();
        for (&id, contents) in &names.contents {
            for name in &contents.macros {
                names.macros.entry(name.clone()).or_default().insert(id);
            }
            for name in &contents.exported_macros {
                names.exported.entry(name.clone()).or_default().insert(id);
            }
        }
        for (&id, contents) in &names.contents {
            for (path, name) in &contents.associated {
                for target in names.resolve(id, path) {
                    associated.entry((target, name.clone())).or_default().insert(id);
                }
            }
        }
        names.associated = associated;
        names
    }

    /// What a module writes.
    #[must_use]
    pub fn contents(&self, id: Id) -> Option<&Contents> {
        self.contents.get(&id)
    }

    /// What a path leads to in this crate, as a module writes it; several things if a name has several meanings, and
    /// nothing if it leads out of the crate.
    #[must_use]
    pub fn resolve(&self, scope: Id, path: &[String]) -> BTreeSet<Target> {
        self.follow(scope, path, &mut Pending::new())
    }

    /// The same for the name of a macro, which may also be visible by the order of the text.
    #[must_use]
    pub fn resolve_macro(&self, name: &str) -> BTreeSet<Target> {
        let modules = self.macros.get(name).into_iter().flatten();
        modules.map(|&module| Target { module, item: Some(name.to_owned()) }).collect()
    }

    fn follow(&self, scope: Id, path: &[String], pending: &mut Pending) -> BTreeSet<Target> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let mut targets = match first.as_str() {
            "crate" => BTreeSet::from([Target { module: Tree::ROOT, item: None }]),
            "self" | "super" => self.step(&Target { module: scope, item: None }, first, pending),
            name => self.look_up(scope, name, pending),
        };
        for name in rest {
            targets = targets.iter().flat_map(|target| self.step(target, name, pending)).collect();
        }
        targets
    }

    fn step(&self, target: &Target, name: &str, pending: &mut Pending) -> BTreeSet<Target> {
        let Target { module, item } = target;
        if item.is_some() {
            let defined = self.associated.get(&(target.clone(), name.to_owned()));
            return match defined {
                Some(modules) => modules.iter().map(|&module| Target { module, item: Some(name.to_owned()) }).collect(),
                None => BTreeSet::from([target.clone()]),
            };
        }
        match name {
            "self" => BTreeSet::from([target.clone()]),
            "super" => self.tree.get(*module).parent.map(|module| Target { module, item: None }).into_iter().collect(),
            name => {
                let found = self.look_up(*module, name, pending);
                if found.is_empty() {
                    // Made by a macro, or imported from another crate.
                    return BTreeSet::from([Target { module: *module, item: Some(name.to_owned()) }]);
                }
                found
            }
        }
    }

    fn look_up(&self, module: Id, name: &str, pending: &mut Pending) -> BTreeSet<Target> {
        let asked = (module, name.to_owned());
        let Some(contents) = self.contents.get(&module).filter(|_| !pending.contains(&asked)) else {
            return BTreeSet::new();
        };
        pending.push(asked);
        let mut found = BTreeSet::new();
        if let Some(&child) = self.tree.get(module).children.get(name) {
            found.insert(Target { module: child, item: None });
        }
        if contents.definitions.iter().any(|defined| defined == name) {
            found.insert(Target { module, item: Some(name.to_owned()) });
        }
        if module == Tree::ROOT {
            let exported = self.exported.get(name).into_iter().flatten();
            found.extend(exported.map(|&module| Target { module, item: Some(name.to_owned()) }));
        }
        for in_function in [false, true] {
            if found.is_empty() || !in_function {
                for import in contents.imports.iter().filter(|import| import.in_function == in_function) {
                    if import.name.as_deref() == Some(name) {
                        found.extend(self.follow(module, &import.path, pending));
                    }
                }
            }
        }
        if found.is_empty() {
            for import in contents.imports.iter().filter(|import| import.name.is_none()) {
                let modules = self.follow(module, &import.path, pending);
                for target in modules.iter().filter(|target| target.item.is_none()) {
                    found.extend(self.look_up(target.module, name, pending));
                }
            }
        }
        pending.pop();
        found
    }
}
