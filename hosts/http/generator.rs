//! Rust from the WIT: how each type of the contract is read from its JSON form and written, and which calls there are. The
//! rules of the form are in `host-harness/conformance/JSON.md`.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use wit_parser::{Docs, Function, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The implementations of `JsonForm`, and the enum `Call`, for the package in a directory.
pub(crate) fn of_contract(wit: &Path) -> Outcome<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let package = resolve.packages.get(package).ok_or("the WIT has no package")?;
    let contract = Contract(&resolve);
    let mut out = String::new();
    let mut functions = Vec::new();
    for id in package.interfaces.values() {
        let interface = resolve.interfaces.get(*id).ok_or("an interface is missing")?;
        for id in interface.types.values() {
            contract.implementation(&mut out, *id)?;
        }
        functions.extend(interface.functions.values());
    }
    contract.calls(&mut out, &functions)?;
    Ok(out)
}

struct Contract<'a>(&'a Resolve);

impl Contract<'_> {
    fn named(&self, id: TypeId) -> Outcome<&TypeDef> {
        self.0.types.get(id).ok_or_else(|| "a type is missing".into())
    }

    fn implementation(&self, out: &mut String, id: TypeId) -> Outcome<()> {
        let def = self.named(id)?;
        match &def.kind {
            // A name for another type has the form of that one.
            TypeDefKind::Type(_) => {}
            TypeDefKind::Record(record) => {
                let names: Vec<String> = record.fields.iter().map(|field| snake(&field.name)).collect();
                writeln!(out, "impl JsonForm for {} {{", self.path(id)?)?;
                writeln!(out, "fn read(value: &Value, path: &str) -> Result<Self, String> {{")?;
                writeln!(out, "let fields = Fields::of(value, path, &{names:?})?; Ok(Self {{")?;
                for name in &names {
                    writeln!(out, "{name}: fields.read({name:?})?,")?;
                }
                writeln!(out, "}})}}\nfn write(&self) -> Value {{ object([")?;
                for name in &names {
                    writeln!(out, "({name:?}, self.{name}.write()),")?;
                }
                writeln!(out, "])}}}}")?;
            }
            TypeDefKind::Enum(cases) => {
                let names: Vec<&str> = cases.cases.iter().map(|case| case.name.as_str()).collect();
                writeln!(out, "impl JsonForm for {} {{", self.path(id)?)?;
                writeln!(out, "fn read(value: &Value, path: &str) -> Result<Self, String> {{ match value.as_str() {{")?;
                for name in &names {
                    writeln!(out, "Some({name:?}) => Ok(Self::{}),", camel(name))?;
                }
                writeln!(out, "_ => Err(one_is_expected(path, &{names:?})),}}}}")?;
                writeln!(out, "fn write(&self) -> Value {{ Value::from(match self {{")?;
                for name in &names {
                    writeln!(out, "Self::{} => {name:?},", camel(name))?;
                }
                writeln!(out, "}})}}}}")?;
            }
            TypeDefKind::Variant(variant) => {
                let names: Vec<&str> = variant.cases.iter().map(|case| case.name.as_str()).collect();
                writeln!(out, "impl JsonForm for {} {{", self.path(id)?)?;
                writeln!(out, "fn read(value: &Value, path: &str) -> Result<Self, String> {{")?;
                writeln!(out, "let case = Case::of(value, path, &{names:?})?; match case.name {{")?;
                for case in &variant.cases {
                    let (name, camel) = (&case.name, camel(&case.name));
                    match case.ty {
                        Some(_) => writeln!(out, "{name:?} => Ok(Self::{camel}(case.payload()?)),")?,
                        None => writeln!(out, "{name:?} => case.no_payload().map(|()| Self::{camel}),")?,
                    }
                }
                writeln!(out, "_ => Err(case.unknown()),}}}}\nfn write(&self) -> Value {{ match self {{")?;
                for case in &variant.cases {
                    let (name, camel) = (&case.name, camel(&case.name));
                    match case.ty {
                        Some(_) => writeln!(
                            out,
                            "Self::{camel}(payload) => object([(\"case\", Value::from({name:?})), (\"value\", payload.write())]),"
                        )?,
                        None => writeln!(out, "Self::{camel} => object([(\"case\", Value::from({name:?}))]),")?,
                    }
                }
                writeln!(out, "}}}}}}")?;
            }
            other => {
                let name = def.name.as_deref().unwrap_or("a type");
                return Err(format!("{name}: a {} has no JSON form here", other.as_str()).into());
            }
        }
        Ok(())
    }

    fn calls(&self, out: &mut String, functions: &[&Function]) -> Outcome<()> {
        writeln!(out, "/// A call of a function of the contract, with its arguments.")?;
        writeln!(out, "pub enum Call {{")?;
        for function in functions {
            doc(out, &function.docs)?;
            writeln!(out, "{} {{", camel(&function.name))?;
            for param in &function.params {
                writeln!(out, "/// The argument `{}`.", param.name)?;
                writeln!(out, "{}: {},", snake(&param.name), self.rust(&param.ty)?)?;
            }
            writeln!(out, "}},")?;
        }
        let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
        writeln!(out, "}}\nimpl Call {{")?;
        writeln!(out, "/// The names of all functions.")?;
        writeln!(out, "pub const NAMES: &'static [&'static str] = &{names:?};")?;
        writeln!(out, "/// Reads the arguments of a function; none if there is no function of this name.")?;
        writeln!(out, "///\n/// # Errors\n/// What is wrong with the arguments, and where.")?;
        writeln!(out, "pub fn read(name: &str, arguments: &Value, path: &str) -> Option<Result<Self, String>> {{")?;
        writeln!(out, "match name {{")?;
        for function in functions {
            let names: Vec<String> = function.params.iter().map(|param| snake(&param.name)).collect();
            let camel = camel(&function.name);
            let fields: String = names.iter().map(|name| format!("{name}: fields.read({name:?})?,")).collect();
            writeln!(
                out,
                "{:?} => Some(Fields::of(arguments, path, &[{}]).and_then(|{}fields| Ok(Self::{camel} {{ {fields} }}))),",
                function.name,
                names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "),
                if names.is_empty() { "_" } else { "" },
            )?;
        }
        writeln!(out, "_ => None,}}}}}}")?;
        Ok(())
    }

    /// The Rust type of a value.
    fn rust(&self, ty: &Type) -> Outcome<String> {
        Ok(match ty {
            Type::Bool => "bool".into(),
            Type::U16 => "u16".into(),
            Type::U32 => "u32".into(),
            Type::String => "String".into(),
            Type::Id(id) => {
                let def = self.named(*id)?;
                match &def.kind {
                    TypeDefKind::Type(ty) => self.rust(ty)?,
                    TypeDefKind::Option(ty) => format!("Option<{}>", self.rust(ty)?),
                    TypeDefKind::List(ty) => format!("Vec<{}>", self.rust(ty)?),
                    _ => self.path(*id)?,
                }
            }
            other => return Err(format!("an argument of the type {other:?} is not known here").into()),
        })
    }

    /// Where the bindings have a type.
    fn path(&self, id: TypeId) -> Outcome<String> {
        let def = self.named(id)?;
        let (Some(name), TypeOwner::Interface(owner)) = (&def.name, def.owner) else {
            return Err("a type has no name or belongs to no interface".into());
        };
        let owner = self.0.interfaces.get(owner).and_then(|owner| owner.name.as_deref());
        let owner = snake(owner.ok_or("an interface has no name")?);
        Ok(format!("logzio_soar::contract::{owner}::{}", camel(name)))
    }
}

fn doc(out: &mut String, docs: &Docs) -> Outcome<()> {
    for line in docs.contents.as_deref().unwrap_or_default().lines() {
        writeln!(out, "/// {line}")?;
    }
    Ok(())
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

fn camel(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
