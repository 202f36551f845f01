//! The JSON Schema of the contract's JSON form, from the WIT. `conformance/JSON.md` has the rules of that form.

use std::error::Error;
use std::path::Path;

use serde_json::{Map, Value, json};
use wit_parser::{Docs, Function, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The schema of the package in a directory, as a text that ends with a line break.
pub(crate) fn of_contract(wit: &Path) -> Outcome<String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let package = resolve.packages.get(package).ok_or("the WIT has no package")?;
    let contract = Contract(&resolve);
    let (mut definitions, mut calls) = (Map::new(), Vec::new());
    for (interface, id) in &package.interfaces {
        let members = resolve.interfaces.get(*id).ok_or("an interface is missing")?;
        for (name, id) in &members.types {
            // One that another interface has is described there.
            if contract.origin(*id)? == *id {
                let definition = contract.definition(contract.named(*id)?)?;
                definitions.insert(format!("{interface}.{name}"), definition);
            }
        }
        for (name, function) in &members.functions {
            let name = format!("{interface}.{name}");
            let arguments = described(contract.arguments(function)?, &function.docs);
            definitions.insert(format!("{name}.arguments"), arguments);
            definitions.insert(format!("{name}.answer"), contract.answer(function)?);
            calls.push(described(
                object(
                    [("function", json!({"const": name})), ("arguments", reference(&format!("{name}.arguments")))],
                    &["function"],
                ),
                &function.docs,
            ));
        }
    }
    let world = package.worlds.values().next().and_then(|world| resolve.worlds.get(*world));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("A call of a function of {}", package.name),
        "oneOf": calls,
        "$defs": definitions,
    });
    let schema = world.map(|world| described(schema.clone(), &world.docs)).unwrap_or(schema);
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

struct Contract<'a>(&'a Resolve);

impl Contract<'_> {
    fn named(&self, id: TypeId) -> Outcome<&TypeDef> {
        self.0.types.get(id).ok_or_else(|| "a type is missing".into())
    }

    /// Where a type is declared that an interface may only use.
    fn origin(&self, id: TypeId) -> Outcome<TypeId> {
        let used = self.named(id)?;
        match used.kind {
            TypeDefKind::Type(Type::Id(of)) if self.named(of)?.owner != used.owner => self.origin(of),
            _ => Ok(id),
        }
    }

    fn definition(&self, def: &TypeDef) -> Outcome<Value> {
        let schema = match &def.kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().map(|field| {
                    let schema = described(self.schema(&field.ty)?, &field.docs);
                    Ok((field_name(&field.name), schema, self.is_option(&field.ty)?))
                });
                with_fields(fields.collect::<Outcome<_>>()?)
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    let name = json!({"const": case.name});
                    let schema = match &case.ty {
                        None => object([("case", name)], &["case"]),
                        Some(ty) if self.is_option(ty)? => {
                            object([("case", name), ("value", self.schema(ty)?)], &["case"])
                        }
                        Some(ty) => object([("case", name), ("value", self.schema(ty)?)], &["case", "value"]),
                    };
                    Ok(described(schema, &case.docs))
                });
                json!({"oneOf": cases.collect::<Outcome<Vec<Value>>>()?})
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter().map(|case| described(json!({"const": case.name}), &case.docs));
                json!({"oneOf": cases.collect::<Vec<Value>>()})
            }
            TypeDefKind::Flags(flags) => {
                let flags = flags.flags.iter().map(|flag| described(json!({"const": flag.name}), &flag.docs));
                json!({"type": "array", "items": {"oneOf": flags.collect::<Vec<Value>>()}})
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.schema(ty)).collect::<Outcome<Vec<Value>>>()?;
                let length = types.len();
                json!({"type": "array", "prefixItems": types, "items": false, "minItems": length})
            }
            TypeDefKind::Option(ty) => json!({"anyOf": [self.schema(ty)?, {"type": "null"}]}),
            TypeDefKind::Result(result) => json!({"oneOf": [
                object([("ok", self.payload(result.ok.as_ref())?)], &["ok"]),
                object([("err", self.payload(result.err.as_ref())?)], &["err"]),
            ]}),
            TypeDefKind::List(ty) => json!({"type": "array", "items": self.schema(ty)?}),
            TypeDefKind::FixedLengthList(ty, length) => {
                json!({"type": "array", "items": self.schema(ty)?, "minItems": length, "maxItems": length})
            }
            TypeDefKind::Map(key, value) => {
                let pair = [self.schema(key)?, self.schema(value)?];
                json!({"type": "array", "items": {
                    "type": "array", "prefixItems": pair, "items": false, "minItems": 2,
                }})
            }
            TypeDefKind::Type(ty) => self.schema(ty)?,
            other => return Err(format!("{}: a {} has no JSON form", name_of(def), other.as_str()).into()),
        };
        Ok(described(schema, &def.docs))
    }

    fn schema(&self, ty: &Type) -> Outcome<Value> {
        Ok(match ty {
            Type::Bool => json!({"type": "boolean"}),
            Type::U8 => whole(0, u8::MAX.into()),
            Type::U16 => whole(0, u16::MAX.into()),
            Type::U32 => whole(0, u32::MAX.into()),
            Type::S8 => whole(i8::MIN.into(), i8::MAX.into()),
            Type::S16 => whole(i16::MIN.into(), i16::MAX.into()),
            Type::S32 => whole(i32::MIN.into(), i32::MAX.into()),
            Type::U64 => json!({"type": "string", "pattern": "^[0-9]+$"}),
            Type::S64 => json!({"type": "string", "pattern": "^-?[0-9]+$"}),
            Type::F32 | Type::F64 => json!({"anyOf": [{"type": "number"}, {"enum": ["NaN", "inf", "-inf"]}]}),
            Type::Char => json!({"type": "string", "minLength": 1, "maxLength": 1}),
            Type::String => json!({"type": "string"}),
            Type::Id(id) => {
                let origin = self.named(self.origin(*id)?)?;
                match (&origin.name, origin.owner) {
                    (Some(name), TypeOwner::Interface(owner)) => {
                        let owner = self.0.interfaces.get(owner).and_then(|owner| owner.name.as_deref());
                        reference(&format!("{}.{name}", owner.ok_or("an interface has no name")?))
                    }
                    _ => self.definition(origin)?,
                }
            }
            Type::ErrorContext => return Err("an error-context has no JSON form".into()),
        })
    }

    fn payload(&self, ty: Option<&Type>) -> Outcome<Value> {
        ty.map_or(Ok(json!({"type": "null"})), |ty| self.schema(ty))
    }

    fn is_option(&self, ty: &Type) -> Outcome<bool> {
        let Type::Id(id) = ty else { return Ok(false) };
        match &self.named(*id)?.kind {
            TypeDefKind::Option(_) => Ok(true),
            TypeDefKind::Type(ty) => self.is_option(ty),
            _ => Ok(false),
        }
    }

    fn arguments(&self, function: &Function) -> Outcome<Value> {
        let parameters = function
            .params
            .iter()
            .map(|param| Ok((field_name(&param.name), self.schema(&param.ty)?, self.is_option(&param.ty)?)));
        Ok(with_fields(parameters.collect::<Outcome<_>>()?))
    }

    /// One of what a call can come to. Other fields, such as an id, may stand beside it.
    fn answer(&self, function: &Function) -> Outcome<Value> {
        let one = |name: &str, schema: Value| {
            let mut properties = Map::new();
            properties.insert(name.to_owned(), schema);
            json!({"type": "object", "properties": properties, "required": [name]})
        };
        let result = match &function.result {
            Some(Type::Id(id)) => match &self.named(*id)?.kind {
                TypeDefKind::Result(result) => Some(result),
                _ => None,
            },
            _ => None,
        };
        let mut answers = match result {
            Some(result) => {
                vec![one("ok", self.payload(result.ok.as_ref())?), one("err", self.payload(result.err.as_ref())?)]
            }
            None => vec![one("ok", self.payload(function.result.as_ref())?)],
        };
        answers.extend(["trap", "missing", "invalid"].map(|name| one(name, json!({"type": "string"}))));
        Ok(json!({"oneOf": answers}))
    }
}

fn field_name(name: &str) -> String {
    name.replace('-', "_")
}

fn name_of(def: &TypeDef) -> &str {
    def.name.as_deref().unwrap_or("a type")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn whole(least: i64, greatest: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": greatest})
}

fn object<const N: usize>(properties: [(&str, Value); N], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// An object with a field for each name, which may be absent if it is an option.
fn with_fields(fields: Vec<(String, Value, bool)>) -> Value {
    let required: Vec<&String> = fields.iter().filter(|(_, _, option)| !option).map(|(name, _, _)| name).collect();
    let required = json!(required);
    let properties: Map<String, Value> = fields.into_iter().map(|(name, schema, _)| (name, schema)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The schema with what the WIT says, a paragraph to a line.
fn described(mut schema: Value, docs: &Docs) -> Value {
    let paragraphs = docs.contents.as_deref().unwrap_or_default().split("\n\n");
    let paragraphs: Vec<String> =
        paragraphs.map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let text = paragraphs.join("\n");
    if let Value::Object(schema) = &mut schema
        && !text.is_empty()
    {
        schema.insert("description".into(), text.into());
    }
    schema
}
