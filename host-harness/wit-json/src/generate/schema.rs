//! The JSON Schema (draft 2020-12) of a contract: a call of any function, and under `$defs` each type, and the arguments and
//! the answer of each function, with what the WIT says of them.

use serde_json::{Map, Value, json};
use wit_parser::{Docs, Function, Type, TypeId};

use super::contract::{Contract, Outcome};
use super::form::Form;
use crate::name::field_name;

impl Contract {
    /// The schema.
    ///
    /// # Errors
    /// If a type has no JSON form.
    pub fn schema(&self) -> Outcome<Value> {
        let (mut definitions, mut calls) = (Map::new(), Vec::new());
        for id in self.types()? {
            if let Some((interface, name)) = self.name_of(id)? {
                definitions.insert(format!("{interface}.{name}"), self.schema_of_definition(id)?);
            }
        }
        for (interface, function) in self.functions()? {
            let name = format!("{interface}.{}", function.name);
            let arguments = described(self.arguments(function)?, &function.docs);
            definitions.insert(format!("{name}.arguments"), arguments);
            definitions.insert(format!("{name}.answer"), self.answer(function)?);
            let call = [("function", json!({"const": name})), ("arguments", reference(&format!("{name}.arguments")))];
            calls.push(described(object(call, &["function"]), &function.docs));
        }
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("A call of a function of {}@{}", self.name()?, self.version()?),
            "oneOf": calls,
            "$defs": definitions,
        });
        Ok(match self.docs()? {
            Some(docs) => described(schema, docs),
            None => schema,
        })
    }

    fn schema_of_definition(&self, id: TypeId) -> Outcome<Value> {
        Ok(described(self.schema_of(self.form_of_definition(id)?)?, &self.definition(id)?.docs))
    }

    fn schema_of_type(&self, ty: &Type) -> Outcome<Value> {
        self.schema_of(self.form(ty)?)
    }

    fn schema_of(&self, form: Form<'_>) -> Outcome<Value> {
        Ok(match form {
            Form::Named(id) => match self.name_of(id)? {
                Some((interface, name)) => reference(&format!("{interface}.{name}")),
                None => self.schema_of_definition(id)?,
            },
            Form::Boolean => json!({"type": "boolean"}),
            Form::Whole { least, greatest } => json!({"type": "integer", "minimum": least, "maximum": greatest}),
            Form::Decimal { signed: false } => json!({"type": "string", "pattern": "^[0-9]+$"}),
            Form::Decimal { signed: true } => json!({"type": "string", "pattern": "^-?[0-9]+$"}),
            Form::Float => json!({"anyOf": [{"type": "number"}, {"enum": ["NaN", "inf", "-inf"]}]}),
            Form::Character => json!({"type": "string", "minLength": 1, "maxLength": 1}),
            Form::Text => json!({"type": "string"}),
            Form::Optional(ty) => json!({"anyOf": [self.schema_of_type(ty)?, {"type": "null"}]}),
            Form::Array(ty, None) => json!({"type": "array", "items": self.schema_of_type(ty)?}),
            Form::Array(ty, Some(length)) => {
                json!({"type": "array", "items": self.schema_of_type(ty)?, "minItems": length, "maxItems": length})
            }
            Form::Pairs(key, value) => {
                let pair = self.tuple([key, value].into_iter())?;
                json!({"type": "array", "items": pair})
            }
            Form::Tuple(types) => self.tuple(types.iter())?,
            Form::Record(fields) => {
                self.fields(fields.iter().map(|field| (&field.name, &field.ty, Some(&field.docs))))?
            }
            Form::Enum(cases) => {
                let cases = cases.iter().map(|case| described(json!({"const": case.name}), &case.docs));
                json!({"oneOf": cases.collect::<Vec<Value>>()})
            }
            Form::Flags(flags) => {
                let flags = flags.iter().map(|flag| described(json!({"const": flag.name}), &flag.docs));
                json!({"type": "array", "items": {"oneOf": flags.collect::<Vec<Value>>()}})
            }
            Form::Variant(cases) => {
                let cases = cases.iter().map(|case| {
                    let name = json!({"const": case.name});
                    let schema = match &case.ty {
                        None => object([("case", name)], &["case"]),
                        Some(ty) if self.may_be_left_out(ty)? => {
                            object([("case", name), ("value", self.schema_of_type(ty)?)], &["case"])
                        }
                        Some(ty) => object([("case", name), ("value", self.schema_of_type(ty)?)], &["case", "value"]),
                    };
                    Ok(described(schema, &case.docs))
                });
                json!({"oneOf": cases.collect::<Outcome<Vec<Value>>>()?})
            }
            Form::Result { ok, err } => json!({"oneOf": [
                object([("ok", self.payload(ok)?)], &["ok"]),
                object([("err", self.payload(err)?)], &["err"]),
            ]}),
        })
    }

    fn payload(&self, ty: Option<&Type>) -> Outcome<Value> {
        ty.map_or(Ok(json!({"type": "null"})), |ty| self.schema_of_type(ty))
    }

    fn tuple<'a>(&self, types: impl Iterator<Item = &'a Type>) -> Outcome<Value> {
        let types = types.map(|ty| self.schema_of_type(ty)).collect::<Outcome<Vec<Value>>>()?;
        let length = types.len();
        Ok(json!({"type": "array", "prefixItems": types, "items": false, "minItems": length}))
    }

    fn arguments(&self, function: &Function) -> Outcome<Value> {
        self.fields(function.params.iter().map(|param| (&param.name, &param.ty, None)))
    }

    /// An object with a field for each name.
    fn fields<'a>(&self, fields: impl Iterator<Item = (&'a String, &'a Type, Option<&'a Docs>)>) -> Outcome<Value> {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, ty, docs) in fields {
            let name = field_name(name);
            let schema = self.schema_of_type(ty)?;
            if !self.may_be_left_out(ty)? {
                required.push(name.clone());
            }
            properties.insert(name, docs.map(|docs| described(schema.clone(), docs)).unwrap_or(schema));
        }
        Ok(json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false}))
    }

    /// What a call can come to. Other fields, such as an id, may stand beside it.
    fn answer(&self, function: &Function) -> Outcome<Value> {
        let one = |name: &str, schema: Value| {
            let properties: Map<String, Value> = [(name.to_owned(), schema)].into_iter().collect();
            json!({"type": "object", "properties": properties, "required": [name]})
        };
        let mut answers = match self.result_of(function)? {
            Some(result) => {
                vec![one("ok", self.payload(result.ok.as_ref())?), one("err", self.payload(result.err.as_ref())?)]
            }
            None => vec![one("ok", self.payload(function.result.as_ref())?)],
        };
        answers.extend(["trap", "missing", "invalid"].map(|name| one(name, json!({"type": "string"}))));
        Ok(json!({"oneOf": answers}))
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn object<const N: usize>(properties: [(&str, Value); N], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
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

#[cfg(test)]
mod tests {
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
                record thing { id: u64, the-name: name, colour: option<colour>, at: list<tuple<s8, f32>> }
                /// Does it.
                do-it: func(thing: thing, marks: marks, maybe: option<maybe>) -> result<bool>;
            }
            world w { export things; }",
        );
        let schema = contract.schema().unwrap();
        let of = |name: &str| schema["$defs"][format!("things.{name}")].clone();
        assert_eq!(
            of("colour"),
            json!({"description": "A colour.", "oneOf": [{"const": "red"}, {"const": "dark-blue"}]})
        );
        assert_eq!(of("marks"), json!({"type": "array", "items": {"oneOf": [{"const": "a"}, {"const": "b-c"}]}}));
        let case = |name: &str| json!({"const": name});
        let odd = json!({"anyOf": [{"type": "integer", "minimum": 0, "maximum": 255}, {"type": "null"}]});
        assert_eq!(
            of("maybe"),
            json!({"oneOf": [
                object([("case", case("nothing"))], &["case"]),
                object([("case", case("text")), ("value", json!({"type": "string"}))], &["case", "value"]),
                object([("case", case("either")), ("value", odd)], &["case"]),
            ]})
        );
        let thing = of("thing");
        assert_eq!(thing["required"], json!(["id", "the_name", "at"]));
        assert_eq!(thing["properties"]["id"], json!({"type": "string", "pattern": "^[0-9]+$"}));
        assert_eq!(thing["properties"]["the_name"], json!({"$ref": "#/$defs/things.name"}));
        assert_eq!(thing["properties"]["at"]["items"]["prefixItems"][0]["minimum"], json!(-128));
        assert_eq!(of("do-it.arguments")["required"], json!(["thing", "marks"]));
        assert_eq!(of("do-it.answer")["oneOf"][1]["properties"]["err"], json!({"type": "null"}));
        assert_eq!(schema["oneOf"][0]["properties"]["function"], json!({"const": "things.do-it"}));
        assert_eq!(schema["title"], "A call of a function of a:b@1.2.3");
    }
}
