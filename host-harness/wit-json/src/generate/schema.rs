//! The JSON Schema (draft 2020-12) of a contract: a call of any function, and under `$defs` each type, and the arguments and
//! the answer of each function, with what the WIT says of them.
//!
//! What may be left out of what is passed in always comes out. So a type that only results have requires all of its fields.

use wit_parser::{Docs, Field, Function, Type, TypeId};

use super::contract::{Contract, Outcome};
use super::form::{Absence, Form};
use super::ordered::Ordered;
use crate::name::field_name;

impl Contract {
    /// The schema, as a text that ends with a line break.
    ///
    /// # Errors
    /// If a type has no JSON form.
    pub fn schema(&self) -> Outcome<String> {
        let passed_in = self.passed_in()?;
        let (mut definitions, mut calls) = (Vec::new(), Vec::new());
        for id in self.types()? {
            if let Some((interface, name)) = self.name_of(id)? {
                let place = Place { is_passed_in: passed_in.contains(&id) };
                definitions.push((format!("{interface}.{name}"), self.schema_of_definition(id, place)?));
            }
        }
        for (interface, function) in self.functions()? {
            let name = format!("{interface}.{}", function.name);
            let parameters = function.params.iter().map(|param| (&param.name, &param.ty, None));
            let arguments = described(self.fields(parameters, Place { is_passed_in: true })?, &function.docs);
            definitions.push((format!("{name}.arguments"), arguments));
            definitions.push((format!("{name}.answer"), self.answer(function)?));
            let arguments = reference(&format!("{name}.arguments"));
            let call = object(vec![("function", constant(&name)), ("arguments", arguments)], &["function"]);
            calls.push(described(call, &function.docs));
        }
        let schema = Ordered::object([
            ("$schema", "https://json-schema.org/draft/2020-12/schema".into()),
            ("title", format!("A call of a function of {}@{}", self.name()?, self.version()?).into()),
        ]);
        let schema = match self.docs()? {
            Some(docs) => described(schema, docs),
            None => schema,
        };
        let schema = schema.with("oneOf", calls).with("$defs", Ordered::Object(definitions));
        Ok(serde_json::to_string_pretty(&schema)? + "\n")
    }

    /// The types that are part of a parameter.
    fn passed_in(&self) -> Outcome<Vec<TypeId>> {
        let mut found = Vec::new();
        for (_, function) in self.functions()? {
            for param in &function.params {
                self.collect(&param.ty, &mut found)?;
            }
        }
        Ok(found)
    }

    fn collect(&self, ty: &Type, found: &mut Vec<TypeId>) -> Outcome<()> {
        if let Form::Named(id) = self.form(ty)? {
            if found.contains(&id) {
                return Ok(());
            }
            found.push(id);
        }
        let parts: Vec<&Type> = match self.resolved(ty)? {
            Form::Optional(ty) | Form::Array(ty, _) => vec![ty],
            Form::Entries(key, value) => vec![key, value],
            Form::Tuple(types) => types.iter().collect(),
            Form::Record(fields) => fields.iter().map(|field| &field.ty).collect(),
            Form::Variant(cases) => cases.iter().filter_map(|case| case.ty.as_ref()).collect(),
            Form::Result { ok, err } => ok.into_iter().chain(err).collect(),
            _ => Vec::new(),
        };
        parts.into_iter().try_for_each(|part| self.collect(part, found))
    }

    fn schema_of_definition(&self, id: TypeId, place: Place) -> Outcome<Ordered> {
        let schema = self.schema_of(self.form_of_definition(id)?, place)?;
        Ok(described(schema, &self.definition(id)?.docs))
    }

    fn schema_of_type(&self, ty: &Type, place: Place) -> Outcome<Ordered> {
        self.schema_of(self.form(ty)?, place)
    }

    fn schema_of(&self, form: Form<'_>, place: Place) -> Outcome<Ordered> {
        Ok(match form {
            Form::Named(id) => match self.name_of(id)? {
                Some((interface, name)) => reference(&format!("{interface}.{name}")),
                None => self.schema_of_definition(id, place)?,
            },
            Form::Boolean => of_type("boolean"),
            Form::Whole { least, greatest } => of_type("integer").with("minimum", least).with("maximum", greatest),
            Form::Decimal { signed: false } => of_type("string").with("pattern", "^[0-9]+$"),
            Form::Decimal { signed: true } => of_type("string").with("pattern", "^-?[0-9]+$"),
            Form::Float => {
                let names = ["NaN", "inf", "-inf"].map(Ordered::from).to_vec();
                any_of([of_type("number"), Ordered::object([("enum", names.into())])])
            }
            Form::Character => of_type("string").with("minLength", 1_i64).with("maxLength", 1_i64),
            Form::Text => of_type("string"),
            // Anything.
            Form::Json => Ordered::object([]),
            Form::Optional(ty) => any_of([self.schema_of_type(ty, place)?, of_type("null")]),
            Form::Array(ty, length) => {
                let array = of_type("array").with("items", self.schema_of_type(ty, place)?);
                match length {
                    Some(length) => array.with("minItems", length).with("maxItems", length),
                    None => array,
                }
            }
            Form::Entries(key, value) => {
                let object = of_type("object");
                let object = match self.resolved(key)? {
                    Form::Text => object,
                    _ => object.with("propertyNames", self.schema_of_type(key, place)?),
                };
                object.with("additionalProperties", self.schema_of_type(value, place)?)
            }
            Form::Tuple(types) => {
                let types: Vec<Ordered> =
                    types.iter().map(|ty| self.schema_of_type(ty, place)).collect::<Outcome<_>>()?;
                let length = types.len();
                of_type("array").with("prefixItems", types).with("items", false).with("minItems", length)
            }
            Form::Record(fields) => self.record(fields, place)?,
            Form::Enum(cases) => {
                let cases = cases.iter().map(|case| described(constant(&case.name), &case.docs));
                one_of(cases.collect())
            }
            Form::Flags(flags) => {
                let flags = flags.iter().map(|flag| described(constant(&flag.name), &flag.docs));
                of_type("array").with("items", one_of(flags.collect()))
            }
            Form::Variant(cases) => {
                let cases = cases.iter().map(|case| {
                    let name = ("case", constant(&case.name));
                    let schema = match &case.ty {
                        None => object(vec![name], &["case"]),
                        Some(ty) => {
                            let value = ("value", self.schema_of_type(ty, place)?);
                            let required: &[&str] =
                                if self.is_required(ty, place)? { &["case", "value"] } else { &["case"] };
                            object(vec![name, value], required)
                        }
                    };
                    Ok(described(schema, &case.docs))
                });
                one_of(cases.collect::<Outcome<_>>()?)
            }
            Form::Result { ok, err } => one_of(vec![
                object(vec![("ok", self.payload(ok)?)], &["ok"]),
                object(vec![("err", self.payload(err)?)], &["err"]),
            ]),
        })
    }

    fn payload(&self, ty: Option<&Type>) -> Outcome<Ordered> {
        ty.map_or(Ok(of_type("null")), |ty| self.schema_of_type(ty, Place { is_passed_in: false }))
    }

    fn record(&self, fields: &[Field], place: Place) -> Outcome<Ordered> {
        self.fields(fields.iter().map(|field| (&field.name, &field.ty, Some(&field.docs))), place)
    }

    /// An object with a field for each name.
    fn fields<'a>(
        &self,
        fields: impl Iterator<Item = (&'a String, &'a Type, Option<&'a Docs>)>,
        place: Place,
    ) -> Outcome<Ordered> {
        let (mut properties, mut required) = (Vec::new(), Vec::new());
        for (name, ty, docs) in fields {
            let name = field_name(name);
            if self.is_required(ty, place)? {
                required.push(name.clone());
            }
            let schema = self.schema_of_type(ty, place)?;
            properties.push((name, docs.map(|docs| described(schema.clone(), docs)).unwrap_or(schema)));
        }
        Ok(of_type("object")
            .with("properties", Ordered::Object(properties))
            .with("required", required)
            .with("additionalProperties", false))
    }

    fn is_required(&self, ty: &Type, place: Place) -> Outcome<bool> {
        Ok(!place.is_passed_in || self.absence(ty)? == Absence::Refused)
    }

    /// What a call can come to. Other fields, such as an id, may stand beside it.
    fn answer(&self, function: &Function) -> Outcome<Ordered> {
        let one = |name: &str, schema: Ordered| {
            of_type("object")
                .with("properties", Ordered::Object(vec![(name.to_owned(), schema)]))
                .with("required", vec![name.to_owned()])
        };
        let mut answers = match self.result_of(function)? {
            Some(result) => {
                vec![one("ok", self.payload(result.ok.as_ref())?), one("err", self.payload(result.err.as_ref())?)]
            }
            None => vec![one("ok", self.payload(function.result.as_ref())?)],
        };
        answers.extend(["trap", "missing", "invalid"].map(|name| one(name, of_type("string"))));
        Ok(one_of(answers))
    }
}

/// Where a type is used.
#[derive(Clone, Copy)]
struct Place {
    /// Parameters have it, too, and not results alone.
    is_passed_in: bool,
}

fn of_type(name: &str) -> Ordered {
    Ordered::object([("type", name.into())])
}

fn constant(name: &str) -> Ordered {
    Ordered::object([("const", name.into())])
}

fn reference(name: &str) -> Ordered {
    Ordered::object([("$ref", format!("#/$defs/{name}").into())])
}

fn one_of(schemas: Vec<Ordered>) -> Ordered {
    Ordered::object([("oneOf", schemas.into())])
}

fn any_of(schemas: [Ordered; 2]) -> Ordered {
    Ordered::object([("anyOf", schemas.to_vec().into())])
}

fn object(properties: Vec<(&str, Ordered)>, required: &[&str]) -> Ordered {
    let properties = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<String> = required.iter().map(|name| (*name).to_owned()).collect();
    of_type("object")
        .with("properties", Ordered::Object(properties))
        .with("required", required)
        .with("additionalProperties", false)
}

/// The schema with what the WIT says, a paragraph to a line.
fn described(schema: Ordered, docs: &Docs) -> Ordered {
    let paragraphs = docs.contents.as_deref().unwrap_or_default().split("\n\n");
    let paragraphs: Vec<String> =
        paragraphs.map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let text = paragraphs.join("\n");
    if text.is_empty() { schema } else { schema.with("description", text) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_type_has_its_schema() {
        let contract = Contract::parse(
            "package a:b@1.2.3;
            interface things {
                /// A colour.
                enum colour { red, dark-blue }
                flags marks { a, b-c }
                variant maybe { nothing, text(string), either(option<u8>) }
                type name = string;
                type json = string;
                record thing { id: u64, the-name: name, colour: option<colour>, at: list<tuple<s8, f32>>, whole: json }
                record wish { names: list<string>, by-colour: list<tuple<colour, name>>, more: list<tuple<name, u8>>, on: bool }
                record outcome { colour: option<colour>, names: list<string>, maybe: maybe }
                variant either { none-left(option<u8>) }
                /// Does it.
                do-it: func(thing: thing, marks: marks, maybe: option<maybe>, wish: wish) -> result<outcome, either>;
            }
            world w { export things; }",
        );
        let schema: Value = serde_json::from_str(&contract.schema().unwrap()).unwrap();
        let of = |name: &str| schema["$defs"][format!("things.{name}")].clone();
        assert_eq!(
            of("colour"),
            json!({"description": "A colour.", "oneOf": [{"const": "red"}, {"const": "dark-blue"}]})
        );
        assert_eq!(of("marks"), json!({"type": "array", "items": {"oneOf": [{"const": "a"}, {"const": "b-c"}]}}));
        let case = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
        let name = |name: &str| json!({"const": name});
        let either = json!({"anyOf": [{"type": "integer", "minimum": 0, "maximum": 255}, {"type": "null"}]});
        assert_eq!(
            of("maybe"),
            json!({"oneOf": [
                case(json!({"case": name("nothing")}), json!(["case"])),
                case(json!({"case": name("text"), "value": {"type": "string"}}), json!(["case", "value"])),
                case(json!({"case": name("either"), "value": either}), json!(["case"])),
            ]})
        );
        assert_eq!(of("json"), json!({}), "any JSON");
        let thing = of("thing");
        assert_eq!(thing["required"], json!(["id", "the_name", "whole"]));
        assert_eq!(thing["properties"]["id"], json!({"type": "string", "pattern": "^[0-9]+$"}));
        assert_eq!(thing["properties"]["the_name"], json!({"$ref": "#/$defs/things.name"}));
        assert_eq!(thing["properties"]["at"]["items"]["prefixItems"][0]["minimum"], json!(-128));
        assert_eq!(thing["properties"]["whole"], json!({"$ref": "#/$defs/things.json"}));
        let wish = of("wish");
        assert_eq!(wish["required"], json!([]));
        assert_eq!(
            wish["properties"]["by_colour"],
            json!({
                "type": "object",
                "propertyNames": {"$ref": "#/$defs/things.colour"},
                "additionalProperties": {"$ref": "#/$defs/things.name"},
            })
        );
        let bytes = json!({"type": "integer", "minimum": 0, "maximum": 255});
        assert_eq!(wish["properties"]["more"], json!({"type": "object", "additionalProperties": bytes}));
        assert_eq!(of("outcome")["required"], json!(["colour", "names", "maybe"]), "all of it comes out");
        assert_eq!(of("either")["oneOf"][0]["required"], json!(["case", "value"]), "it comes out, too");
        assert_eq!(of("do-it.arguments")["required"], json!(["thing", "marks"]));
        assert_eq!(of("do-it.answer")["oneOf"][1]["properties"]["err"], json!({"$ref": "#/$defs/things.either"}));
        assert_eq!(schema["oneOf"][0]["properties"]["function"], json!({"const": "things.do-it"}));
        assert_eq!(schema["title"], "A call of a function of a:b@1.2.3");
    }

    #[test]
    fn the_order_is_that_of_the_wit() {
        let contract = Contract::parse(
            "package a:b@1.2.3; interface things { record z { y: u8, a: u8, x: u8 } f: func(z: z, b: u8, a: u8); }",
        );
        let text = contract.schema().unwrap();
        let places: Vec<usize> = ["\"y\": {", "\"a\": {", "\"x\": {", "\"z\": {", "\"b\": {"]
            .iter()
            .map(|key| text.find(key).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }
}
