//! What a module writes: the names that it defines and imports, and the paths that lead to other modules.
//!
//! Purely from its syntax. Where a path leads is the matter of `resolve`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Expr, ExprMethodCall, Field, ImplItem, Item, ItemImpl, ItemMacro, ItemUse, Lit, Local, Macro, Meta,
    Path, Stmt, TraitItem, Type, UseTree, Variant, VisRestricted, Visibility,
};

use crate::tree::{attributes, plain, tests_only};

/// What a module writes.
#[derive(Debug, Default)]
pub struct Contents {
    /// The names that it defines, modules excepted.
    pub definitions: Vec<String>,
    /// The macros among them that `macro_export` puts at the root.
    pub exported_macros: Vec<String>,
    /// The macros among them.
    pub macros: Vec<String>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// The paths that it writes, imports included.
    pub references: Vec<Reference>,
    /// Functions and constants of types: the path of the type, and the name.
    pub associated: Vec<(Vec<String>, String)>,
}

/// A name that a `use` item brings in.
#[derive(Debug)]
pub struct Import {
    /// The name here; `None` if it brings in all names of a module.
    pub name: Option<String>,
    /// What it stands for.
    pub path: Vec<String>,
    /// The item passes it on to others.
    pub passes_on: bool,
    /// The item is in a function's body.
    pub in_function: bool,
}

/// A path that a module writes.
#[derive(Debug)]
pub struct Reference {
    /// Its names; generic arguments are references of their own.
    pub path: Vec<String>,
    /// The line.
    pub line: usize,
    /// How it is written.
    pub form: Form,
}

/// How a path is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In an expression, a type, a pattern, an attribute or a macro.
    Path,
    /// In a `use` item that keeps it private.
    Import,
    /// In a `use` item that passes it on.
    ReExport,
    /// In a `use` item that brings in all names of a module.
    Glob,
}

/// What a module of these items writes.
#[must_use]
pub fn read(items: &[Item]) -> Contents {
    let mut reader = Reader { contents: Contents::default(), self_types: Vec::new(), depth: 0 };
    for item in items {
        if let Some(name) = defined(item) {
            reader.contents.definitions.push(name);
        }
        reader.visit_item(item);
    }
    reader.contents
}

struct Reader {
    contents: Contents,
    /// What `Self` means, innermost last; empty where it has no path.
    self_types: Vec<Vec<String>>,
    /// How many blocks of code are around.
    depth: usize,
}

impl Reader {
    fn add(&mut self, mut path: Vec<String>, line: usize, form: Form) {
        if path.first().is_some_and(|name| name == "Self") {
            let Some(self_type) = self.self_types.last().filter(|path| !path.is_empty()) else { return };
            path.splice(..1, self_type.iter().cloned());
        }
        self.contents.references.push(Reference { path, line, form });
    }

    fn import(&mut self, tree: &UseTree, prefix: &[String], passes_on: bool) {
        let with = |name: &Ident| {
            let mut path = prefix.to_vec();
            // `use a::{self}` imports `a`.
            if *name != "self" || path.is_empty() {
                path.push(plain(name));
            }
            path
        };
        match tree {
            UseTree::Path(tree) => self.import(&tree.tree, &with(&tree.ident), passes_on),
            UseTree::Name(tree) => self.imported(None, with(&tree.ident), tree.ident.span(), passes_on),
            UseTree::Rename(tree) => {
                self.imported(Some(plain(&tree.rename)), with(&tree.ident), tree.ident.span(), passes_on);
            }
            UseTree::Glob(tree) => {
                let line = tree.star_token.span.start().line;
                self.add(prefix.to_vec(), line, Form::Glob);
                let in_function = self.depth > 0;
                self.contents.imports.push(Import { name: None, path: prefix.to_vec(), passes_on, in_function });
            }
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.import(tree, prefix, passes_on)),
        }
    }

    fn imported(&mut self, rename: Option<String>, path: Vec<String>, at: proc_macro2::Span, passes_on: bool) {
        let form = if passes_on { Form::ReExport } else { Form::Import };
        let Some(name) = rename.or_else(|| path.last().cloned()) else { return };
        self.add(path.clone(), at.start().line, form);
        if name != "_" {
            let in_function = self.depth > 0;
            self.contents.imports.push(Import { name: Some(name), path, passes_on, in_function });
        }
    }

    /// Paths in tokens that have no syntax of their own. In attributes, a text may be a path, too.
    fn tokens(&mut self, tokens: TokenStream, in_attribute: bool) {
        let mut tokens = tokens.into_iter().peekable();
        let mut before = None;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => {
                    // The braces of a block in a macro do not end a path.
                    if group.delimiter() != Delimiter::None {
                        before = None;
                    }
                    self.tokens(group.stream(), in_attribute);
                }
                TokenTree::Literal(literal) => {
                    if in_attribute && let Ok(Lit::Str(text)) = syn::parse_str::<Lit>(&literal.to_string()) {
                        self.text(&text.value(), literal.span().start().line);
                    }
                    before = None;
                }
                TokenTree::Punct(punct) => before = Some(punct.as_char()),
                TokenTree::Ident(first) => {
                    let line = first.span().start().line;
                    let mut path = vec![plain(&first)];
                    // `::` is two tokens.
                    while let Some(name) = next_name(&mut tokens) {
                        path.push(name);
                    }
                    let own = match before {
                        // A field, a method, a path of another crate, or a part of a path with generic arguments.
                        Some('.' | ':') if path.len() == 1 => false,
                        Some('$') => first == "crate",
                        _ => true,
                    };
                    if own {
                        self.add(path, line, Form::Path);
                    }
                    before = None;
                }
            }
        }
    }

    fn text(&mut self, text: &str, line: usize) {
        if text.contains("::")
            && let Ok(path) = syn::parse_str::<Path>(text)
        {
            self.add(names(&path), line, Form::Path);
        }
    }

    fn block(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }
}

/// The name after a `::`, if that comes next.
fn next_name(tokens: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) -> Option<String> {
    let mut ahead = tokens.clone();
    for _ in 0..2 {
        match ahead.next() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {}
            _ => return None,
        }
    }
    match ahead.next() {
        Some(TokenTree::Ident(name)) => {
            *tokens = ahead;
            Some(plain(&name))
        }
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !tests_only(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let self_type = match &*item.self_ty {
            Type::Path(path) if path.qself.is_none() && path.path.leading_colon.is_none() => names(&path.path),
            _ => Vec::new(),
        };
        if item.trait_.is_none() && !self_type.is_empty() {
            for part in item.items.iter().filter(|part| !tests_only(attributes_of_part(part))) {
                let name = match part {
                    ImplItem::Fn(function) => plain(&function.sig.ident),
                    ImplItem::Const(constant) => plain(&constant.ident),
                    _ => continue,
                };
                self.contents.associated.push((self_type.clone(), name));
            }
        }
        self.self_types.push(self_type);
        visit::visit_item_impl(self, item);
        self.self_types.pop();
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if let Some(name) = &item.ident {
            self.contents.macros.push(plain(name));
            if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                self.contents.exported_macros.push(plain(name));
            }
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_impl_item(&mut self, part: &'ast ImplItem) {
        if !tests_only(attributes_of_part(part)) {
            visit::visit_impl_item(self, part);
        }
    }

    fn visit_trait_item(&mut self, part: &'ast TraitItem) {
        let attributes = match part {
            TraitItem::Const(part) => &part.attrs,
            TraitItem::Fn(part) => &part.attrs,
            TraitItem::Type(part) => &part.attrs,
            _ => return visit::visit_trait_item(self, part),
        };
        if !tests_only(attributes) {
            visit::visit_trait_item(self, part);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.block(|reader| visit::visit_block(reader, block));
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if !matches!(statement, Stmt::Macro(statement) if tests_only(&statement.attrs)) {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !tests_only(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !tests_only(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast Variant) {
        if !tests_only(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if !tests_only(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
        if !tests_only(&block.attrs) {
            visit::visit_expr_block(self, block);
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {
        // Who may see it is not what it uses.
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        if path.is_ident("doc") || path.is_ident("cfg") {
            return;
        }
        self.visit_path(path);
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone(), true);
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone(), false);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if matches!(&*call.receiver, Expr::Path(receiver) if receiver.path.is_ident("self")) {
            let line = call.method.span().start().line;
            self.add(vec!["Self".to_owned(), plain(&call.method)], line, Form::Path);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            self.add(names(path), first.ident.span().start().line, Form::Path);
        }
        visit::visit_path(self, path);
    }
}

fn names(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| plain(&segment.ident)).collect()
}

fn attributes_of_part(part: &ImplItem) -> &[Attribute] {
    match part {
        ImplItem::Const(part) => &part.attrs,
        ImplItem::Fn(part) => &part.attrs,
        ImplItem::Type(part) => &part.attrs,
        ImplItem::Macro(part) => &part.attrs,
        _ => &[],
    }
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(name))
}
