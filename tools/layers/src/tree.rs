//! The modules of a crate: which there are, what they contain, and the files they are in.
//!
//! Knows nothing of names and paths. What stands under `#[cfg(test)]` is left out here already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta, Token};

use crate::fault::Fault;
use crate::files::{Files, normal};
use crate::text::{self, Line};

/// A module's place in a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(usize);

/// A module.
pub struct Module {
    /// Its name; that of the file for the root.
    pub name: String,
    /// The module around it; `None` for the root.
    pub parent: Option<Id>,
    /// The module whose file it is in: itself, unless it is written in another one's file.
    pub of_file: Id,
    /// The file it is in.
    pub file: PathBuf,
    /// What it contains, without its tests.
    pub items: Vec<Item>,
    /// Its documentation, if it has a file.
    pub docs: Vec<Line>,
    /// The modules in it.
    pub children: BTreeMap<String, Id>,
}

/// The modules of a crate.
pub struct Tree {
    modules: Vec<Module>,
}

/// Where the files of a module's children are.
struct Folder {
    /// The folder of the module's own file, which a `path` attribute begins at.
    of_file: PathBuf,
    /// The folder of its children.
    of_children: PathBuf,
}

impl Tree {
    /// The root.
    pub const ROOT: Id = Id(0);

    /// Reads a crate from its first file.
    ///
    /// # Errors
    ///
    /// A file that is missing or is no Rust.
    pub fn read(files: &dyn Files, root: &Path) -> Result<Self, Fault> {
        let mut tree = Self { modules: Vec::new() };
        let name = root.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (items, docs) = parse(files, root)?;
        let id = tree.add(name, None, root.to_owned(), true, docs);
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        tree.fill(files, id, items, &Folder { of_file: folder.clone(), of_children: folder })?;
        Ok(tree)
    }

    /// A module of this tree.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an id is made here, and no module is ever removed")]
    pub fn get(&self, id: Id) -> &Module {
        &self.modules[id.0]
    }

    /// Every module.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.modules.len()).map(Id)
    }

    /// Every module that has a file of its own.
    pub fn files(&self) -> impl Iterator<Item = Id> {
        self.ids().filter(|&id| self.get(id).of_file == id)
    }

    /// The module that a module with a file belongs to in the picture: that of the file which declares it.
    #[must_use]
    pub fn parent_file(&self, id: Id) -> Option<Id> {
        self.get(id).parent.map(|parent| self.get(parent).of_file)
    }

    /// The module and those around it, which have files, outermost first.
    #[must_use]
    pub fn ancestry(&self, id: Id) -> Vec<Id> {
        let mut ancestry: Vec<Id> =
            std::iter::successors(Some(self.get(id).of_file), |&id| self.parent_file(id)).collect();
        ancestry.reverse();
        ancestry
    }

    /// Its names from the root on, as `a::b`; that of the file for the root.
    #[must_use]
    pub fn path(&self, id: Id) -> String {
        let mut names: Vec<&str> = std::iter::successors(Some(id), |&id| self.get(id).parent)
            .filter(|&id| id != Self::ROOT)
            .map(|id| self.get(id).name.as_str())
            .collect();
        names.reverse();
        if names.is_empty() { self.get(Self::ROOT).name.clone() } else { names.join("::") }
    }

    fn add(&mut self, name: String, parent: Option<Id>, file: PathBuf, own_file: bool, docs: Vec<Line>) -> Id {
        let id = Id(self.modules.len());
        let of_file = match parent {
            Some(parent) if !own_file => self.get(parent).of_file,
            _ => id,
        };
        let module = Module { name, parent, of_file, file, items: Vec::new(), docs, children: BTreeMap::new() };
        self.modules.push(module);
        id
    }

    #[expect(clippy::indexing_slicing, reason = "an id is made here, and no module is ever removed")]
    fn get_mut(&mut self, id: Id) -> &mut Module {
        &mut self.modules[id.0]
    }

    fn fill(&mut self, files: &dyn Files, id: Id, items: Vec<Item>, folder: &Folder) -> Result<(), Fault> {
        for item in items {
            if tests_only(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(module) => self.child(files, id, module, folder)?,
                item => self.get_mut(id).items.push(item),
            }
        }
        Ok(())
    }

    fn child(&mut self, files: &dyn Files, parent: Id, module: ItemMod, folder: &Folder) -> Result<(), Fault> {
        let name = plain(&module.ident);
        let around = self.get(parent).file.clone();
        let path = path_attribute(&module.attrs);
        if let Some((_, items)) = module.content {
            let id = self.attach(parent, &name, around, false, Vec::new());
            let inner = folder.of_children.join(path.as_deref().unwrap_or(&name));
            return self.fill(files, id, items, &Folder { of_file: inner.clone(), of_children: inner });
        }
        let candidates = match &path {
            Some(path) => vec![folder.of_file.join(path)],
            None => {
                vec![folder.of_children.join(format!("{name}.rs")), folder.of_children.join(&name).join("mod.rs")]
            }
        };
        let file = candidates.iter().map(|file| normal(file)).find(|file| files.read(file).is_some());
        let Some(file) = file else {
            let line = module.ident.span().start().line;
            let place = format!("{}:{line}", around.display());
            return Err(Fault::new(format!("the module {name} has no file")).at([place]));
        };
        let (items, docs) = parse(files, &file)?;
        let of_file = file.parent().unwrap_or(Path::new("")).to_owned();
        let own_folder = path.is_some() || file.file_name().is_some_and(|file| file == "mod.rs");
        let of_children = if own_folder { of_file.clone() } else { of_file.join(&name) };
        let id = self.attach(parent, &name, file, true, docs);
        self.fill(files, id, items, &Folder { of_file, of_children })
    }

    /// The child of that name, which is there already where a module is declared once for each of several platforms.
    fn attach(&mut self, parent: Id, name: &str, file: PathBuf, own_file: bool, docs: Vec<Line>) -> Id {
        if let Some(&id) = self.get(parent).children.get(name) {
            return id;
        }
        let id = self.add(name.to_owned(), Some(parent), file, own_file, docs);
        self.get_mut(parent).children.insert(name.to_owned(), id);
        id
    }
}

/// A name without the `r#` of a raw identifier.
#[must_use]
pub fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn parse(files: &dyn Files, path: &Path) -> Result<(Vec<Item>, Vec<Line>), Fault> {
    let Some(text) = files.read(path) else {
        return Err(Fault::new(format!("{} is missing", path.display())));
    };
    let file = syn::parse_file(&text).map_err(|error| {
        let line = error.span().start().line;
        Fault::new(format!("this is no Rust: {error}")).at([format!("{}:{line}", path.display())])
    })?;
    let mut docs = Vec::new();
    for attribute in &file.attrs {
        if let Some((text, span)) = documentation(attribute) {
            let lines = text::lines(&text, span.start().line);
            docs.extend(lines.map(|line| Line { text: unindented(&line.text).to_owned(), ..line }));
        }
    }
    Ok((file.items, docs))
}

/// The text of a line of documentation, without the space after its `//!`.
fn unindented(line: &str) -> &str {
    line.strip_prefix(' ').unwrap_or(line)
}

fn documentation(attribute: &Attribute) -> Option<(String, Span)> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some((text.value(), text.span())),
            _ => None,
        },
        _ => None,
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Whether what has these attributes is compiled for tests only.
#[must_use]
pub fn tests_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.parse_args::<Meta>().is_ok_and(|meta| needs_test(&meta)),
        _ => false,
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            if list.path.is_ident("all") {
                parts.iter().any(needs_test)
            } else {
                list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(needs_test)
            }
        }
        Meta::NameValue(_) => false,
    }
}

/// The attributes of an item.
#[must_use]
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
