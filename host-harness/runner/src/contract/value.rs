//! Values of any component as JSON, and back. Walks the types that the component itself has, so it knows none of the
//! contract's. The rules of the form are in `logzio-soar-wit-json`.

use logzio_soar_wit_json::refusal::{expected, missing, nothing_belongs_here, one_is_expected, unknown_field};
use logzio_soar_wit_json::{field_name, read as scalar, write as scalar_form};
use serde_json::{Map, Value, json};
use wasmtime::component::types::Field;
use wasmtime::component::{Type, Val};

/// Reads a value of a type. `path` is where it stands, for the error: what is wrong, and what is expected instead. The
/// error quotes names, but no value, which may be a token.
pub(crate) fn read(value: &Value, ty: &Type, path: &str) -> Result<Val, String> {
    match ty {
        Type::Bool => scalar::boolean(value, path).map(Val::Bool),
        Type::U8 => scalar::whole(value, path).map(Val::U8),
        Type::U16 => scalar::whole(value, path).map(Val::U16),
        Type::U32 => scalar::whole(value, path).map(Val::U32),
        Type::S8 => scalar::whole(value, path).map(Val::S8),
        Type::S16 => scalar::whole(value, path).map(Val::S16),
        Type::S32 => scalar::whole(value, path).map(Val::S32),
        Type::U64 => scalar::decimal(value, path).map(Val::U64),
        Type::S64 => scalar::decimal(value, path).map(Val::S64),
        Type::Float32 => scalar::float(value, path).map(|number| Val::Float32(number as f32)),
        Type::Float64 => scalar::float(value, path).map(Val::Float64),
        Type::Char => scalar::character(value, path).map(Val::Char),
        Type::String => scalar::string(value, path).map(Val::String),
        Type::List(list) => elements(value, &list.ty(), path).map(Val::List),
        Type::FixedLengthList(list) => {
            let read = elements(value, &list.ty(), path)?;
            let length = usize::try_from(list.len()).unwrap_or(usize::MAX);
            let right = read.len() == length;
            right.then_some(Val::FixedLengthList(read)).ok_or_else(|| expected(path, &format!("an array of {length}")))
        }
        Type::Map(map) => {
            let pairs = value.as_array().ok_or_else(|| expected(path, "an array of pairs"))?;
            let pairs = pairs.iter().enumerate().map(|(place, pair)| {
                let path = format!("{path}[{place}]");
                let [key, value] = pair.as_array().map(Vec::as_slice).unwrap_or_default() else {
                    return Err(expected(&path, "an array of 2"));
                };
                Ok((read(key, &map.key(), &format!("{path}[0]"))?, read(value, &map.value(), &format!("{path}[1]"))?))
            });
            pairs.collect::<Result<_, _>>().map(Val::Map)
        }
        Type::Tuple(tuple) => {
            let types = tuple.types();
            let length = types.len();
            let array = value.as_array().filter(|array| array.len() == length);
            let array = array.ok_or_else(|| expected(path, &format!("an array of {length}")))?;
            let parts = types.zip(array).enumerate();
            let parts = parts.map(|(place, (ty, value))| read(value, &ty, &format!("{path}[{place}]")));
            parts.collect::<Result<_, _>>().map(Val::Tuple)
        }
        Type::Record(record) => {
            let object = value.as_object().ok_or_else(|| expected(path, "an object"))?;
            let fields: Vec<Field<'_>> = record.fields().collect();
            let fields: Vec<(&str, &Type)> = fields.iter().map(|field| (field.name, &field.ty)).collect();
            read_fields(object, &fields, path).map(Val::Record)
        }
        Type::Variant(variant) => {
            let cases: Vec<_> = variant.cases().collect();
            let object = value.as_object().ok_or_else(|| expected(path, "an object with a case"))?;
            if let Some(unknown) = object.keys().find(|key| !matches!(key.as_str(), "case" | "value")) {
                return Err(unknown_field(path, unknown, ["case", "value"]));
            }
            let name = object.get("case").and_then(Value::as_str);
            let case = name.and_then(|name| cases.iter().find(|case| case.name == name));
            let case =
                case.ok_or_else(|| one_is_expected(&format!("{path}.case"), cases.iter().map(|case| case.name)))?;
            let payload = payload(object.get("value"), case.ty.as_ref(), &format!("{path}.value"))?;
            Ok(Val::Variant(case.name.into(), payload))
        }
        Type::Enum(cases) => {
            let name = value.as_str().filter(|name| cases.names().any(|case| case == *name));
            name.map(|name| Val::Enum(name.into())).ok_or_else(|| one_is_expected(path, cases.names()))
        }
        Type::Option(option) => match value {
            Value::Null => Ok(Val::Option(None)),
            some => Ok(Val::Option(Some(Box::new(read(some, &option.ty(), path)?)))),
        },
        Type::Result(result) => {
            let object = value.as_object().filter(|object| object.len() == 1);
            let entry = object.and_then(|object| object.iter().next());
            match entry {
                Some((key, value)) if key == "ok" => {
                    Ok(Val::Result(Ok(payload(Some(value), result.ok().as_ref(), &format!("{path}.ok"))?)))
                }
                Some((key, value)) if key == "err" => {
                    Ok(Val::Result(Err(payload(Some(value), result.err().as_ref(), &format!("{path}.err"))?)))
                }
                _ => Err(expected(path, "an object with either ok or err")),
            }
        }
        Type::Flags(flags) => {
            let array = value.as_array().ok_or_else(|| expected(path, "an array of names"))?;
            let names = array.iter().enumerate().map(|(place, name)| {
                let name = name.as_str().filter(|name| flags.names().any(|flag| flag == *name));
                let name = name.map(str::to_owned);
                name.ok_or_else(|| one_is_expected(&format!("{path}[{place}]"), flags.names()))
            });
            names.collect::<Result<_, _>>().map(Val::Flags)
        }
        Type::Own(_) | Type::Borrow(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => {
            Err(format!("{path}: a value of this type cannot be written as JSON: change the component's interface"))
        }
    }
}

/// Reads the fields of a record or the parameters of a function, each with the name that WIT has. An option may be absent.
pub(crate) fn read_fields(
    object: &Map<String, Value>,
    fields: &[(&str, &Type)],
    path: &str,
) -> Result<Vec<(String, Val)>, String> {
    let names: Vec<String> = fields.iter().map(|(name, _)| field_name(name)).collect();
    if let Some(unknown) = object.keys().find(|key| !names.contains(key)) {
        return Err(unknown_field(path, unknown, names.iter().map(String::as_str)));
    }
    let read = names.iter().zip(fields).map(|(key, (name, ty))| {
        let value = match object.get(key) {
            Some(value) => read(value, ty, &format!("{path}.{key}"))?,
            None if matches!(ty, Type::Option(_)) => Val::Option(None),
            None => return Err(missing(&format!("{path}.{key}"))),
        };
        Ok(((*name).to_owned(), value))
    });
    read.collect()
}

/// Writes a value. A floating-point number that JSON has no number for is a string; what has no JSON form at all, such as
/// a resource, is null.
pub(crate) fn write(value: &Val) -> Value {
    match value {
        Val::Bool(value) => json!(value),
        Val::S8(number) => json!(number),
        Val::U8(number) => json!(number),
        Val::S16(number) => json!(number),
        Val::U16(number) => json!(number),
        Val::S32(number) => json!(number),
        Val::U32(number) => json!(number),
        Val::S64(number) => json!(number.to_string()),
        Val::U64(number) => json!(number.to_string()),
        Val::Float32(number) => scalar_form::float(&f64::from(*number)),
        Val::Float64(number) => scalar_form::float(number),
        Val::Char(character) => json!(character),
        Val::String(text) | Val::Enum(text) => json!(text),
        Val::List(values) | Val::Tuple(values) | Val::FixedLengthList(values) => values.iter().map(write).collect(),
        Val::Map(pairs) => pairs.iter().map(|(key, value)| json!([write(key), write(value)])).collect(),
        Val::Record(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (field_name(name), write(value))).collect())
        }
        Val::Variant(case, None) => json!({"case": case}),
        Val::Variant(case, Some(value)) => json!({"case": case, "value": write(value)}),
        Val::Option(value) => write_payload(value.as_deref()),
        Val::Result(Ok(value)) => json!({"ok": write_payload(value.as_deref())}),
        Val::Result(Err(value)) => json!({"err": write_payload(value.as_deref())}),
        Val::Flags(names) => json!(names),
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Value::Null,
    }
}

/// Writes what an option or a result holds: null if it holds nothing.
pub(crate) fn write_payload(value: Option<&Val>) -> Value {
    value.map_or(Value::Null, write)
}

fn payload(value: Option<&Value>, ty: Option<&Type>, path: &str) -> Result<Option<Box<Val>>, String> {
    match (value, ty) {
        (None | Some(Value::Null), None) => Ok(None),
        (Some(_), None) => Err(nothing_belongs_here(path)),
        (None, Some(Type::Option(_))) => Ok(Some(Box::new(Val::Option(None)))),
        (None, Some(_)) => Err(missing(path)),
        (Some(value), Some(ty)) => Ok(Some(Box::new(read(value, ty, path)?))),
    }
}

fn elements(value: &Value, ty: &Type, path: &str) -> Result<Vec<Val>, String> {
    let array = value.as_array().ok_or_else(|| expected(path, "an array"))?;
    let read = array.iter().enumerate().map(|(place, value)| read(value, ty, &format!("{path}[{place}]")));
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;
    use wasmtime::Engine;
    use wasmtime::component::Component;
    use wasmtime::component::types::ComponentItem;
    use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
    use wit_parser::{ManglingAndAbi, PackageId, Resolve};

    /// Every parameter and result of the contract, with what it is of.
    fn types_of_the_contract() -> Vec<(String, Type)> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
        types_in(&resolve, package)
    }

    /// The types that the contract does not have.
    fn other_types() -> Vec<(String, Type)> {
        let mut resolve = Resolve::default();
        let wit = "package a:b;
            interface other {
                flags letters { a, b-c, d }
                variant odd { plain, maybe(option<u8>) }
                f: func(
                    u-eight: u8, s-eight: s8, u-sixteen: u16, s-sixteen: s16, s-thirty-two: s32, u-sixty-four: u64,
                    s-sixty-four: s64, float-thirty-two: f32, float-sixty-four: f64, character: char, %flags: letters,
                    both: result<string, u8>, one: result<string>, none: result, nested: list<list<u8>>, odd: odd,
                );
            }
            world w { export other; }";
        let package = resolve.push_str("other.wit", wit).unwrap();
        types_in(&resolve, package)
    }

    /// The types in a component of a package's only world.
    fn types_in(resolve: &Resolve, package: PackageId) -> Vec<(String, Type)> {
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = wit_component::dummy_module(resolve, world, ManglingAndAbi::Standard32);
        embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
        let mut encoder = ComponentEncoder::default();
        encoder.module(&module).unwrap();
        types_of(&encoder.encode().unwrap())
    }

    fn types_of(wasm: &[u8]) -> Vec<(String, Type)> {
        let engine = Engine::default();
        let component = Component::new(&engine, wasm).unwrap();
        let mut types = Vec::new();
        for (interface, item) in component.component_type().exports(&engine) {
            let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
            for (name, item) in instance.exports(&engine) {
                let ComponentItem::ComponentFunc(function) = item.ty else { continue };
                types.extend(function.params().map(|(param, ty)| (format!("{interface} {name} {param}"), ty)));
                types.extend(function.results().map(|ty| (format!("{interface} {name}"), ty)));
            }
        }
        types
    }

    fn text(rng: &mut Rng) -> String {
        const PIECES: [&str; 8] = ["", "null", "\"", "\\u0000\0", "é🦀", "{\"case\": 1}", "\n", "x-y_z"];
        (0..rng.usize(0..4)).map(|_| PIECES[rng.usize(0..PIECES.len())]).collect()
    }

    /// A value of a type, with the ends of its range among the likely ones.
    fn value(ty: &Type, rng: &mut Rng) -> Val {
        macro_rules! number {
            ($case:ident, $of:ident) => {{
                let random = rng.$of(..);
                Val::$case([$of::MIN, $of::MAX, random, 0][rng.usize(0..4)])
            }};
        }
        let some = |ty: Option<Type>, rng: &mut Rng| ty.map(|ty| Box::new(value(&ty, rng)));
        match ty {
            Type::Bool => Val::Bool(rng.bool()),
            Type::U8 => number!(U8, u8),
            Type::U16 => number!(U16, u16),
            Type::U32 => number!(U32, u32),
            Type::U64 => number!(U64, u64),
            Type::S8 => number!(S8, i8),
            Type::S16 => number!(S16, i16),
            Type::S32 => number!(S32, i32),
            Type::S64 => number!(S64, i64),
            // What serde_json reads to the last bit.
            Type::Float32 => Val::Float32([0.5, -1.25e6, -0.0, f32::NAN, f32::NEG_INFINITY][rng.usize(0..5)]),
            Type::Float64 => Val::Float64([0.5, -1.25e60, -0.0, f64::NAN, f64::INFINITY][rng.usize(0..5)]),
            Type::Char => Val::Char(rng.char(..)),
            Type::String => Val::String(text(rng)),
            Type::List(list) => Val::List((0..rng.usize(0..4)).map(|_| value(&list.ty(), rng)).collect()),
            Type::Record(record) => {
                Val::Record(record.fields().map(|field| (field.name.to_owned(), value(&field.ty, rng))).collect())
            }
            Type::Tuple(tuple) => Val::Tuple(tuple.types().map(|ty| value(&ty, rng)).collect()),
            Type::Variant(variant) => {
                let case = variant.cases().nth(rng.usize(0..variant.cases().len())).unwrap();
                Val::Variant(case.name.to_owned(), some(case.ty, rng))
            }
            Type::Enum(cases) => Val::Enum(cases.names().nth(rng.usize(0..cases.names().len())).unwrap().to_owned()),
            Type::Option(option) => Val::Option(rng.bool().then(|| Box::new(value(&option.ty(), rng)))),
            Type::Result(result) if rng.bool() => Val::Result(Ok(some(result.ok(), rng))),
            Type::Result(result) => Val::Result(Err(some(result.err(), rng))),
            Type::Flags(flags) => Val::Flags(flags.names().filter(|_| rng.bool()).map(str::to_owned).collect()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_value_of_the_contract_is_the_same_after_a_journey_as_json() {
        let types = types_of_the_contract();
        assert_eq!(types.len(), 7 + 6 + 7, "{types:?}");
        journeys(&types, 300);
    }

    /// The code that is generated for the contract, and the reader of any type, are held together.
    #[test]
    fn every_value_of_the_contract_is_the_same_for_the_code_that_is_generated() {
        use crate::contract::json_form as form;
        use logzio_soar_wit_json::write::list;

        /// Reads and writes a value by the generated code.
        type Rewrite = fn(&Value) -> Result<Value, String>;
        macro_rules! rewrite {
            ($read:ident, $write:ident) => {
                |value| Ok(form::$write(&form::$read(value, "value")?))
            };
        }
        let rewrites: [(&str, Rewrite); 13] = [
            ("connection", rewrite!(read_types_connection, write_types_connection)),
            ("fetch-incidents request", rewrite!(read_incidents_fetch_request, write_incidents_fetch_request)),
            ("search-logs query", rewrite!(read_logs_log_query, write_logs_log_query)),
            ("hunt-indicators request", rewrite!(read_hunting_hunt_request, write_hunting_hunt_request)),
            ("find-fields request", rewrite!(read_hunting_field_request, write_hunting_field_request)),
            ("find-fields", rewrite!(read_hunting_field_report, write_hunting_field_report)),
            ("describe", rewrite!(read_manifest_integration, write_manifest_integration)),
            ("check-connection", |value| {
                let checks = logzio_soar_wit_json::read::list(form::read_diagnostics_check)(value, "value")?;
                Ok(list(form::write_diagnostics_check)(&checks))
            }),
            ("fetch-incidents", rewrite!(read_incidents_incident_page, write_incidents_incident_page)),
            ("search-logs", rewrite!(read_logs_log_page, write_logs_log_page)),
            ("get-logs-by-event-id", rewrite!(read_logs_log_page, write_logs_log_page)),
            ("hunt-indicators", rewrite!(read_hunting_hunt_report, write_hunting_hunt_report)),
            ("err", rewrite!(read_types_error, write_types_error)),
        ];
        let rewrite = |name: &str| {
            let found = rewrites.iter().find(|(of, _)| name.ends_with(&format!(" {of}")));
            found.map(|(_, rewrite)| *rewrite).unwrap_or_else(|| panic!("{name}"))
        };
        let types = types_of_the_contract();
        let mut seen = 0;
        for seed in 0..300 {
            let mut rng = Rng::with_seed(seed);
            for (name, ty) in types.iter().filter(|(_, ty)| !is_plain(ty)) {
                let (name, json) = match value(ty, &mut rng) {
                    Val::Result(Ok(value)) => (name.as_str(), write_payload(value.as_deref())),
                    Val::Result(Err(value)) => (" err", write_payload(value.as_deref())),
                    value => (name.as_str(), write(&value)),
                };
                assert_eq!(rewrite(name)(&json).as_ref(), Ok(&json), "seed {seed}, {name}");
                seen += 1;
            }
        }
        assert_eq!(seen, 300 * 17);
    }

    /// Whether a type has no name of the contract's.
    fn is_plain(ty: &Type) -> bool {
        matches!(ty, Type::String | Type::Option(_))
    }

    #[test]
    fn every_value_of_other_types_is_the_same_after_a_journey_as_json() {
        let types = other_types();
        assert_eq!(types.len(), 16, "{types:?}");
        journeys(&types, 1_000);
    }

    fn journeys(types: &[(String, Type)], count: u64) {
        for seed in 0..count {
            let mut rng = Rng::with_seed(seed);
            for (name, ty) in types {
                let value = value(ty, &mut rng);
                let json = write(&value);
                let text = json.to_string();
                let json = serde_json::from_str(&text).unwrap();
                let back = read(&json, ty, "value");
                assert_eq!(back.as_ref(), Ok(&value), "seed {seed}, {name}: {text}");
                assert_eq!(write(&back.unwrap()), json, "seed {seed}, {name}");
            }
        }
    }

    #[test]
    fn what_is_of_another_type_is_refused_with_its_place() {
        let types = other_types();
        let ty = |name: &str| &types.iter().find(|(of, _)| of.ends_with(&format!(" {name}"))).unwrap().1;
        for (name, json, expected) in [
            ("u-eight", json!(256), "v: a number from 0 to 255 is expected"),
            ("u-eight", json!(1.0), "v: a number from 0 to 255 is expected"),
            ("s-sixteen", json!(-32_769), "v: a number from -32768 to 32767 is expected"),
            ("u-sixty-four", json!(1), "v: a string of decimal digits is expected"),
            ("u-sixty-four", json!("-1"), "v: a string of decimal digits is expected"),
            ("u-sixty-four", json!("+1"), "v: a string of decimal digits is expected"),
            ("s-sixty-four", json!("9223372036854775808"), "v: a string of decimal digits is expected"),
            ("float-sixty-four", json!("1.5"), "v: a number is expected"),
            ("character", json!("ab"), "v: a string of one character is expected"),
            ("flags", json!(["a", "b_c"]), "v[1]: one of \"a\", \"b-c\", \"d\" is expected"),
            ("both", json!({"ok": "x", "err": 1}), "v: an object with either ok or err is expected"),
            ("both", json!({"err": "x"}), "v.err: a number from 0 to 255 is expected"),
            ("one", json!({"err": 1}), "v.err: nothing belongs here: leave it out"),
            ("odd", json!({"case": "plain", "value": 1}), "v.value: nothing belongs here: leave it out"),
            ("odd", json!({"case": "plain", "payload": 1}), "v: unknown field \"payload\": the fields are case, value"),
            ("nested", json!([[], [1, "x"]]), "v[1][1]: a number from 0 to 255 is expected"),
        ] {
            assert_eq!(read(&json, ty(name), "v"), Err(expected.to_owned()), "{name}");
        }
        let nothing = Val::Variant("maybe".into(), Some(Box::new(Val::Option(None))));
        assert_eq!(read(&json!({"case": "maybe"}), ty("odd"), "v"), Ok(nothing.clone()), "an option may be left out");
        assert_eq!(write(&nothing), json!({"case": "maybe", "value": null}));
    }
}
