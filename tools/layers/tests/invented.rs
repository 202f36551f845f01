//! The check on small invented crates: what it must find, and what it must not.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use layers::package::{self, Declaration};
use layers::workspace;

/// What the check says of a crate of these files.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    match package::check(&files, Path::new("src/lib.rs"), "invented", Declaration::Required) {
        Ok(findings) => findings.faults.iter().map(ToString::to_string).collect(),
        Err(fault) => vec![fault.to_string()],
    }
}

fn clean(files: &[(&str, &str)]) {
    assert_eq!(faults(files), Vec::<String>::new());
}

/// Layers of `upper` over `lower`, and their modules.
const TWO: &str = "//! Layers:\n//! ```text\n//! upper  above\n//! lower  below\n//! ```\nmod lower;\nmod upper;\n";

/// Two modules, of which `upper` may use `lower`.
fn two(upper: &str, lower: &str) -> Vec<String> {
    faults(&[("src/lib.rs", TWO), ("src/upper.rs", upper), ("src/lower.rs", lower)])
}

/// What is reported of a `lower` that uses `upper` in this way: the one arrow upwards.
fn upwards(lower: &str) -> String {
    let upper = "pub struct Thing;\npub fn make() {}\npub const NONE: u8 = 0;\npub mod inner { pub struct Part; }\n\
                 #[macro_export]\nmacro_rules! thing { () => {} }\nimpl Thing { pub fn new() {} }\n";
    let found = two(upper, lower);
    assert_eq!(found.len(), 1, "{lower}: {found:#?}");
    assert!(
        found[0].starts_with("error: lower uses upper of a layer above in invented\n  src/lower.rs:"),
        "{found:#?}"
    );
    found[0].clone()
}

#[test]
fn an_arrow_downwards_is_right() {
    assert_eq!(two("use crate::lower::Part;", "pub struct Part;"), Vec::<String>::new());
}

#[test]
fn an_arrow_upwards_is_found_however_it_is_written() {
    for lower in [
        "use crate::upper::Thing;",
        "use super::upper::Thing as Other;",
        "pub use crate::upper::Thing;",
        "use crate::{upper::{self, Thing}};",
        "use crate::upper::*;",
        "use crate::upper;",
        "fn f() { crate::upper::make() }",
        "fn f() -> super::upper::Thing { loop {} }",
        "fn f(it: Option<Vec<&crate::upper::Thing>>) {}",
        "fn f() { match 0 { crate::upper::NONE => {} _ => {} } }",
        "fn f() { use crate::upper::make; }",
        "impl Clone for crate::upper::Thing {}",
        "trait T: Into<crate::upper::Thing> {}",
        "fn f() { println!(\"{}\", crate::upper::NONE); }",
        "fn f() { vec![[(crate::upper::make(), 1)]]; }",
        "macro_rules! m { () => { $crate::upper::make() } }",
        "thing!();",
        "crate::thing!();",
        "#[serde(with = \"crate::upper::inner\")] struct S;",
        "#[arg(value_parser = crate::upper::make)] struct S;",
        "mod inner { use super::super::upper::Thing; }",
        "mod inner { fn f(_: crate::upper::inner::Part) {} }",
        "fn f() { crate::upper::Thing::new() }",
        "const C: u8 = { crate::upper::NONE };",
        "async fn f() { if true { |x: u8| crate::upper::make() } }",
    ] {
        upwards(lower);
    }
}

#[test]
fn a_fault_names_the_line_and_what_it_says() {
    let fault = upwards("//! About it.\n\nuse std::fmt;\nfn f() {\n    crate::upper::make();\n}\n");
    assert!(fault.ends_with("src/lower.rs:5: lower uses upper: crate::upper::make"), "{fault}");
}

#[test]
fn tests_and_documentation_do_not_count() {
    for lower in [
        "#[cfg(test)] mod tests { use crate::upper::Thing; }",
        "#[cfg(all(test, unix))] use crate::upper::Thing;",
        "#[cfg(test)] fn f() { crate::upper::make() }",
        "struct S; impl S { #[cfg(test)] fn f() { crate::upper::make() } }",
        "fn f() { #[cfg(test)] let it = crate::upper::make(); }",
        "//! See [`crate::upper::Thing`].\n/// And [`crate::upper::make`].\nfn f() {}",
        "#[doc = \"crate::upper::Thing\"] fn f() {}",
        "// crate::upper::make()\nfn f() { \"crate::upper::make()\"; }",
        "fn f() { upper::make() }",
        "fn f() { ::upper::make() }",
        "fn f(it: S) { it.upper.make() }",
        "struct S { pub(in crate::upper) it: u8 }",
    ] {
        assert_eq!(two("pub struct Thing; pub fn make() {}", lower), Vec::<String>::new(), "{lower}");
    }
    // But what is compiled without tests does.
    upwards("#[cfg(not(test))] use crate::upper::Thing;");
    upwards("#[cfg(any(test, feature = \"it\"))] use crate::upper::Thing;");
}

#[test]
fn the_modules_of_a_layer_do_not_use_each_other() {
    let found = faults(&[
        ("src/lib.rs", "//! Layers:\n//! ```text\n//! a, b  beside\n//! ```\nmod a;\nmod b;"),
        ("src/a.rs", "use crate::b::B;"),
        ("src/b.rs", "pub struct B;"),
    ]);
    assert_eq!(found, ["error: a uses b of its own layer in invented\n  src/a.rs:1: a uses b: crate::b::B"]);
}

#[test]
fn the_first_file_stands_above_unless_it_is_named() {
    let lib = "mod lower;\nmod upper;\npub const LIMIT: u8 = 0;\nuse upper::Thing;\n";
    let layers = "//! Layers:\n//! ```text\n//! upper  above\n//! lower  below\n";
    let above = format!("{layers}//! ```\n{lib}");
    let files =
        |lib| [("src/lib.rs", lib), ("src/upper.rs", "pub struct Thing;"), ("src/lower.rs", "use crate::LIMIT;")];
    let found = faults(&files(&above));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("error: lower uses lib of a layer above"), "{found:#?}");

    let below = format!("{layers}//! lib  below all\n//! ```\n{lib}");
    let found = faults(&files(&below));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("error: lib uses upper of a layer above"), "{found:#?}");
}

#[test]
fn layers_and_modules_must_be_the_same() {
    let found = faults(&[
        ("src/lib.rs", "//! Layers:\n//!\n//! ```text\n//! gone  was here\n//! there\n//! ```\nmod there;\nmod new;"),
        ("src/there.rs", ""),
        ("src/new.rs", ""),
    ]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0], "error: the layers of invented name gone, which is not there\n  src/lib.rs:4");
    assert!(found[1].starts_with("error: new is in no layer of invented: "), "{found:#?}");
}

#[test]
fn a_crate_without_layers_is_shown_some() {
    let found = faults(&[
        ("src/lib.rs", "//! A crate.\nmod a;\nmod b;\nmod c;"),
        ("src/a.rs", "use crate::b::B;\nuse crate::c::C;"),
        ("src/b.rs", "pub struct B;"),
        ("src/c.rs", "pub struct C;"),
    ]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("error: src/lib.rs declares no layers"), "{found:#?}");
    assert!(found[0].ends_with("\n  a\n  b, c, lib"), "{found:#?}");
    clean(&[("src/lib.rs", "//! A crate of one file.\nfn f() {}")]);
}

/// A crate of one folder of files, which is in layers of its own.
fn folder(files: &[(&'static str, &'static str)]) -> Vec<String> {
    let lib = "//! Layers:\n//! ```text\n//! folder  all of it\n//! ```\nmod folder;";
    faults(&[&[("src/lib.rs", lib)], files].concat())
}

#[test]
fn a_circle_in_a_folder_is_found() {
    let found = folder(&[
        ("src/folder/mod.rs", "mod a;\nmod b;\nmod c;"),
        ("src/folder/a.rs", "use super::b::B;\npub struct A;"),
        ("src/folder/b.rs", "pub struct B;\nfn f() { super::c::c() }"),
        ("src/folder/c.rs", "pub fn c(_: crate::folder::a::A) {}"),
    ]);
    assert_eq!(
        found,
        ["error: a circle in invented, folder: a -> b -> c -> a\n  \
          src/folder/a.rs:1: a uses b: super::b::B\n  \
          src/folder/b.rs:2: b uses c: super::c::c\n  \
          src/folder/c.rs:1: c uses a: crate::folder::a::A"]
    );
}

#[test]
fn a_re_export_hides_no_circle() {
    for (a, b) in [
        ("use super::B;", "use super::A;"),
        ("use crate::folder::{B};", "fn f(_: super::A) {}"),
        ("use super::*;\nfn f(_: B) {}", "use super::*;\nfn f() { vec![A] }"),
        ("use crate::B;", "use crate::Renamed;"),
    ] {
        let a = format!("{a}\npub struct A;");
        let b = format!("{b}\npub struct B;");
        let lib = "//! Layers:\n//! ```text\n//! folder  all\n//! ```\nmod folder;\npub use folder::{A as Renamed, B};";
        let found = faults(&[
            ("src/lib.rs", lib),
            ("src/folder/mod.rs", "mod a;\nmod b;\npub use a::A;\npub(crate) use self::b::*;"),
            ("src/folder/a.rs", &a),
            ("src/folder/b.rs", &b),
        ]);
        assert!(found.len() == 1 && found[0].starts_with("error: a circle in invented, folder: "), "{found:#?}");
    }
}

#[test]
fn a_folder_may_pass_on_what_its_children_have() {
    let children = [
        ("src/folder/a.rs", "use super::LIMIT;\npub struct A;"),
        ("src/folder/b.rs", "use super::*;\nuse super::A;\npub struct B(A);"),
    ];
    let passes_on = "mod a;\nmod b;\npub use a::A;\npub use b::*;\npub const LIMIT: u8 = 1;";
    assert_eq!(folder(&[&[("src/folder/mod.rs", passes_on)], &children[..]].concat()), Vec::<String>::new());
    // But not use it.
    let uses = "mod a;\nmod b;\npub use a::A;\npub use b::B;\npub const LIMIT: u8 = 1;\nfn f(_: A) {}";
    let found = folder(&[&[("src/folder/mod.rs", uses)], &children[..]].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("error: a circle in invented, folder: "), "{found:#?}");
    assert!(found[0].contains("\n  src/folder/mod.rs:6: mod uses a: A"), "{found:#?}");
}

#[test]
fn a_circle_of_folders_is_found_though_their_files_form_none() {
    let found = faults(&[
        ("src/lib.rs", "//! Layers:\n//! ```text\n//! a  above\n//! b  below\n//! ```\nmod a;\nmod b;"),
        ("src/a.rs", "mod one;\nmod two;"),
        ("src/a/one.rs", "use crate::b::one::It;"),
        ("src/a/two.rs", "pub struct It;"),
        ("src/b.rs", "pub mod one;\nmod two;"),
        ("src/b/one.rs", "pub struct It;"),
        ("src/b/two.rs", "use crate::a::two::It;"),
    ]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("error: a circle in invented: "), "{found:#?}");
    assert!(found[1].starts_with("error: b uses a of a layer above in invented\n  src/b/two.rs:1: "), "{found:#?}");
}

#[test]
fn a_type_whose_methods_are_in_several_files_uses_them() {
    let found = folder(&[
        ("src/folder/mod.rs", "mod it;\nmod more;"),
        ("src/folder/it.rs", "pub struct It;\nimpl It {\n    fn first(&self) {\n        self.second()\n    }\n}"),
        ("src/folder/more.rs", "use super::it::It;\nimpl It { pub fn second(&self) {} }"),
    ]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("\n  src/folder/it.rs:4: it uses more: It::second"), "{found:#?}");
}

#[test]
fn every_circle_is_named() {
    let found = folder(&[
        ("src/folder/mod.rs", "mod a;\nmod b;\nmod c;"),
        ("src/folder/a.rs", "use super::{b::B, c::C};\npub struct A;"),
        ("src/folder/b.rs", "use super::a::A;\npub struct B;"),
        ("src/folder/c.rs", "use super::a::A;\npub struct C;"),
    ]);
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_folder_may_declare_layers_of_its_own() {
    let found = folder(&[
        ("src/folder/mod.rs", "//! Its layers:\n//! ```text\n//! a  above\n//! b  below\n//! ```\nmod a;\nmod b;"),
        ("src/folder/a.rs", "pub struct A;"),
        ("src/folder/b.rs", "use super::a::A;"),
    ]);
    let expected = "error: b uses a of a layer above in invented, folder\n  src/folder/b.rs:1: b uses a: super::a::A";
    assert_eq!(found, [expected]);
}

#[test]
fn modules_are_found_where_the_compiler_finds_them() {
    clean(&[
        (
            "src/lib.rs",
            "//! Layers:\n//! ```text\n//! a, b, c\n//! ```\nmod a;\n#[path = \"other/it.rs\"]\nmod b;\nmod c;\n\
             #[cfg(test)]\nmod missing;",
        ),
        ("src/a.rs", "mod deep;\nmod inline { mod deeper; }"),
        ("src/a/deep.rs", ""),
        ("src/a/inline/deeper.rs", ""),
        ("src/other/it.rs", "mod beside;"),
        ("src/other/beside.rs", ""),
        ("src/c/mod.rs", "mod r#type;"),
        ("src/c/type.rs", ""),
    ]);
    let found = faults(&[("src/lib.rs", "mod a;")]);
    assert_eq!(found, ["error: the module a has no file\n  src/lib.rs:1"]);
    let found = faults(&[("src/lib.rs", "mod a;"), ("src/a.rs", "fn f() {\n  )")]);
    assert!(found[0].starts_with("error: this is no Rust: ") && found[0].ends_with("src/a.rs:2"), "{found:#?}");
}

/// A workspace of three crates, with these layers and dependencies.
fn workspace(layers: &str, dependencies: [(&str, &str); 3]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let members: Vec<&str> = dependencies.iter().map(|(name, _)| *name).collect();
    write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
    write("docs/architecture.md", &format!("# Architecture\n\nThe layers:\n\n```text\n{layers}\n```\n"));
    for (name, dependencies) in dependencies {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{dependencies}");
        write(&format!("{name}/Cargo.toml"), &manifest);
        write(&format!("{name}/src/lib.rs"), "//! A crate of one file.\n");
    }
    match workspace::check(folder.path(), &[]) {
        Ok(findings) => findings.faults.iter().map(ToString::to_string).collect(),
        Err(fault) => vec![fault.to_string()],
    }
}

#[test]
fn the_crates_of_a_workspace_keep_to_its_layers() {
    let needs_core = "[dependencies]\ncore-parts = { path = \"../core-parts\" }\n";
    let crates = |simulator| [("command", needs_core), ("core-parts", ""), ("simulator", simulator)];
    let layers = "command  what people run\ncore-parts, simulator  leaves";
    assert_eq!(workspace(layers, crates("")), Vec::<String>::new());
    // A simulator that knows what it is to test proves nothing.
    assert_eq!(
        workspace(layers, crates(needs_core)),
        ["error: simulator uses core-parts of its own layer in the workspace\n  \
          simulator/Cargo.toml:6: simulator uses core-parts: core-parts"]
    );
    let for_tests = needs_core.replace("dependencies", "dev-dependencies");
    assert_eq!(workspace(layers, crates(&for_tests)), Vec::<String>::new());
    let found = workspace("command  what people run\ncore-parts  a leaf", crates(""));
    assert!(found.len() == 1 && found[0].starts_with("error: simulator is in no layer"), "{found:#?}");
}
