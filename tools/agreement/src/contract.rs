//! The contract, as far as others repeat it: its names.

use wit_parser::{Resolve, Type, TypeDefKind, TypeId};

use crate::source;

/// The names of the contract.
#[derive(Debug)]
pub struct Contract {
    /// Its version.
    pub version: String,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Its types, each once.
    pub types: Vec<Named>,
}

/// A function of the contract.
#[derive(Debug)]
pub struct Function {
    /// The interface that has it, such as `logs`.
    pub interface: String,
    /// Its name, such as `search-logs`.
    pub name: String,
    /// Its parameters, the connection included.
    pub parameters: Vec<String>,
    /// What a person says to it: its parameters without the connection, and of records their fields, to any depth.
    pub arguments: Vec<Argument>,
}

/// Something that a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name, such as `look-back-minutes`.
    pub name: String,
    /// What to choose from, if it is an enum or a list of one.
    pub choices: Vec<String>,
}

/// A type with a name.
#[derive(Debug)]
pub struct Named {
    /// Its name, such as `event-filter`.
    pub name: String,
    /// What it is.
    pub shape: Shape,
}

/// What a type is.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// Its fields.
    Record(Vec<String>),
    /// Its cases.
    Enum(Vec<String>),
    /// Its cases.
    Variant(Vec<String>),
    /// Another name of another type.
    Alias,
}

impl Contract {
    /// Reads the WIT of this repository.
    ///
    /// # Errors
    ///
    /// The WIT cannot be read, or has what no test here knows.
    pub fn read() -> Result<Self, String> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(source::path("wit")).map_err(|error| format!("wit/: {error:#}"))?;
        let package = resolve.packages.get(package).ok_or("wit/ has no package")?;
        let version = package.name.version.as_ref().ok_or("the package of wit/ has no version")?.to_string();
        let mut contract = Self { version, functions: Vec::new(), types: Vec::new() };
        for (interface, id) in &package.interfaces {
            let members = resolve.interfaces.get(*id).ok_or("an interface is missing")?;
            for (name, id) in &members.types {
                if let Some(shape) = shape(&resolve, *id) {
                    contract.types.push(Named { name: name.clone(), shape });
                }
            }
            for (name, function) in &members.functions {
                let mut arguments = Vec::new();
                for parameter in function.params.iter().filter(|parameter| parameter.name != "connection") {
                    flatten(&resolve, &parameter.name, &parameter.ty, &mut arguments);
                }
                contract.functions.push(Function {
                    interface: interface.clone(),
                    name: name.clone(),
                    parameters: function.params.iter().map(|parameter| parameter.name.clone()).collect(),
                    arguments,
                });
            }
        }
        Ok(contract)
    }

    /// What a person says of a connection: its fields, and in place of the endpoint its cases.
    #[must_use]
    pub fn connection(&self) -> Vec<String> {
        let Some(Shape::Record(fields)) = self.shape("connection") else { return Vec::new() };
        let cases = match self.shape("endpoint") {
            Some(Shape::Variant(cases)) => cases.clone(),
            _ => Vec::new(),
        };
        let fields = fields.iter().map(|field| if field == "endpoint" { cases.clone() } else { vec![field.clone()] });
        fields.flatten().collect()
    }

    /// What the type of a name is.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.types.iter().find(|named| named.name == name).map(|named| &named.shape)
    }
}

/// What a type is; `None` if another interface declares it.
fn shape(resolve: &Resolve, id: TypeId) -> Option<Shape> {
    let def = resolve.types.get(id)?;
    Some(match &def.kind {
        TypeDefKind::Record(record) => Shape::Record(record.fields.iter().map(|field| field.name.clone()).collect()),
        TypeDefKind::Enum(cases) => Shape::Enum(cases.cases.iter().map(|case| case.name.clone()).collect()),
        TypeDefKind::Variant(variant) => Shape::Variant(variant.cases.iter().map(|case| case.name.clone()).collect()),
        TypeDefKind::Type(Type::Id(of)) if resolve.types.get(*of)?.owner != def.owner => return None,
        _ => Shape::Alias,
    })
}

/// A value that a person says, or of a record, its fields.
fn flatten(resolve: &Resolve, name: &str, ty: &Type, arguments: &mut Vec<Argument>) {
    match kind(resolve, ty) {
        Some(TypeDefKind::Record(record)) => {
            for field in &record.fields {
                flatten(resolve, &field.name, &field.ty, arguments);
            }
        }
        kind => arguments.push(Argument { name: name.to_owned(), choices: choices(resolve, kind) }),
    }
}

fn choices(resolve: &Resolve, kind: Option<&TypeDefKind>) -> Vec<String> {
    match kind {
        Some(TypeDefKind::Enum(cases)) => cases.cases.iter().map(|case| case.name.clone()).collect(),
        Some(TypeDefKind::Option(ty) | TypeDefKind::List(ty)) => choices(resolve, self::kind(resolve, ty)),
        _ => Vec::new(),
    }
}

/// What a type is, by whatever name; `None` for a number, a text and the like.
fn kind<'resolve>(resolve: &'resolve Resolve, ty: &Type) -> Option<&'resolve TypeDefKind> {
    let Type::Id(id) = ty else { return None };
    match &resolve.types.get(*id)?.kind {
        TypeDefKind::Type(ty) => kind(resolve, ty),
        kind => Some(kind),
    }
}
