//! Values of the contract as JSON, and back. It walks the types that a component itself has, so it knows none of the
//! contract's: `conformance/JSON.md` has the rules.

use serde_json::{Map, Number, Value, json};
use wasmtime::component::types::Field;
use wasmtime::component::{Type, Val};

/// A name of WIT as JSON has it: `_` for `-`.
pub(crate) fn field_name(name: &str) -> String {
    name.replace('-', "_")
}

/// Reads a value of a type. `path` is where it stands, for the error: what is wrong, and what is expected instead. The
/// error quotes names, but no value, which may be a token.
pub(crate) fn read(value: &Value, ty: &Type, path: &str) -> Result<Val, String> {
    let expected = |what: &str| format!("{path}: {what} is expected");
    match ty {
        Type::Bool => value.as_bool().map(Val::Bool).ok_or_else(|| expected("true or false")),
        Type::U8 => whole(value, path).map(Val::U8),
        Type::U16 => whole(value, path).map(Val::U16),
        Type::U32 => whole(value, path).map(Val::U32),
        Type::S8 => whole(value, path).map(Val::S8),
        Type::S16 => whole(value, path).map(Val::S16),
        Type::S32 => whole(value, path).map(Val::S32),
        Type::U64 => decimal(value).map(Val::U64).ok_or_else(|| expected("a string of decimal digits")),
        Type::S64 => decimal(value).map(Val::S64).ok_or_else(|| expected("a string of decimal digits")),
        Type::Float32 => float(value).map(|number| Val::Float32(number as f32)).ok_or_else(|| expected("a number")),
        Type::Float64 => float(value).map(Val::Float64).ok_or_else(|| expected("a number")),
        Type::Char => one_character(value).map(Val::Char).ok_or_else(|| expected("a string of one character")),
        Type::String => string(value).map(Val::String).ok_or_else(|| expected("a string")),
        Type::List(list) => elements(value, &list.ty(), path).map(Val::List),
        Type::FixedLengthList(list) => {
            let read = elements(value, &list.ty(), path)?;
            let length = usize::try_from(list.len()).unwrap_or(usize::MAX);
            let right = read.len() == length;
            right.then_some(Val::FixedLengthList(read)).ok_or_else(|| expected(&format!("an array of {length}")))
        }
        Type::Map(map) => {
            let pairs = value.as_array().ok_or_else(|| expected("an array of pairs"))?;
            let pairs = pairs.iter().enumerate().map(|(place, pair)| {
                let path = format!("{path}[{place}]");
                let [key, value] = pair.as_array().map(Vec::as_slice).unwrap_or_default() else {
                    return Err(format!("{path}: an array of 2 is expected"));
                };
                Ok((read(key, &map.key(), &format!("{path}[0]"))?, read(value, &map.value(), &format!("{path}[1]"))?))
            });
            pairs.collect::<Result<_, _>>().map(Val::Map)
        }
        Type::Tuple(tuple) => {
            let types = tuple.types();
            let length = types.len();
            let array = value.as_array().filter(|array| array.len() == length);
            let array = array.ok_or_else(|| expected(&format!("an array of {length}")))?;
            let parts = types.zip(array).enumerate();
            let parts = parts.map(|(place, (ty, value))| read(value, &ty, &format!("{path}[{place}]")));
            parts.collect::<Result<_, _>>().map(Val::Tuple)
        }
        Type::Record(record) => {
            let object = value.as_object().ok_or_else(|| expected("an object"))?;
            let fields: Vec<Field<'_>> = record.fields().collect();
            let fields: Vec<(&str, &Type)> = fields.iter().map(|field| (field.name, &field.ty)).collect();
            read_fields(object, &fields, path).map(Val::Record)
        }
        Type::Variant(variant) => {
            let cases: Vec<_> = variant.cases().collect();
            let known = || one_of(cases.iter().map(|case| case.name));
            let object = value.as_object().ok_or_else(|| expected("an object with a case"))?;
            if let Some(unknown) = object.keys().find(|key| !matches!(key.as_str(), "case" | "value")) {
                return Err(unknown_field(path, unknown, ["case", "value"].into_iter()));
            }
            let name = object.get("case").and_then(Value::as_str);
            let case = name.and_then(|name| cases.iter().find(|case| case.name == name));
            let case = case.ok_or_else(|| format!("{path}.case: {} is expected", known()))?;
            let payload = payload(object.get("value"), case.ty.as_ref(), &format!("{path}.value"))?;
            Ok(Val::Variant(case.name.into(), payload))
        }
        Type::Enum(cases) => {
            let name = value.as_str().filter(|name| cases.names().any(|case| case == *name));
            name.map(|name| Val::Enum(name.into())).ok_or_else(|| expected(&one_of(cases.names())))
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
                _ => Err(expected("an object with either ok or err")),
            }
        }
        Type::Flags(flags) => {
            let array = value.as_array().ok_or_else(|| expected("an array of names"))?;
            let names = array.iter().enumerate().map(|(place, name)| {
                let name = name.as_str().filter(|name| flags.names().any(|flag| flag == *name));
                let name = name.map(str::to_owned);
                name.ok_or_else(|| format!("{path}[{place}]: {} is expected", one_of(flags.names())))
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
            None => return Err(format!("{path}.{key}: it is missing: add it")),
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
        Val::Float32(number) => write_float((*number).into()),
        Val::Float64(number) => write_float(*number),
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

fn write_float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(number.to_string()), Value::Number)
}

fn payload(value: Option<&Value>, ty: Option<&Type>, path: &str) -> Result<Option<Box<Val>>, String> {
    match (value, ty) {
        (None | Some(Value::Null), None) => Ok(None),
        (Some(_), None) => Err(format!("{path}: nothing belongs here: leave it out")),
        (None, Some(Type::Option(_))) => Ok(Some(Box::new(Val::Option(None)))),
        (None, Some(_)) => Err(format!("{path}: it is missing: add it")),
        (Some(value), Some(ty)) => Ok(Some(Box::new(read(value, ty, path)?))),
    }
}

fn elements(value: &Value, ty: &Type, path: &str) -> Result<Vec<Val>, String> {
    let array = value.as_array().ok_or_else(|| format!("{path}: an array is expected"))?;
    let read = array.iter().enumerate().map(|(place, value)| read(value, ty, &format!("{path}[{place}]")));
    read.collect()
}

/// A number that has no fraction in JSON either: `5`, not `5.0`.
fn whole<T: TryFrom<i64> + Bounded>(value: &Value, path: &str) -> Result<T, String> {
    let number = value.as_i64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("{path}: a number from {} to {} is expected", T::LEAST, T::GREATEST))
}

trait Bounded {
    const LEAST: i64;
    const GREATEST: i64;
}

macro_rules! bounded {
    ($($ty:ty)*) => {
        $(impl Bounded for $ty {
            const LEAST: i64 = <$ty>::MIN as i64;
            const GREATEST: i64 = <$ty>::MAX as i64;
        })*
    };
}

bounded!(u8 u16 u32 i8 i16 i32);

/// A number that JSON's numbers may be too coarse for.
fn decimal<T: std::str::FromStr>(value: &Value) -> Option<T> {
    let text = value.as_str()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

fn one_character(value: &Value) -> Option<char> {
    let mut characters = value.as_str()?.chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    match names.as_slice() {
        [only] => only.clone(),
        names => format!("one of {}", names.join(", ")),
    }
}

fn unknown_field<'a>(path: &str, unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match known.as_slice() {
        [] => format!("{path}: unknown field \"{unknown}\": there are none, leave it out"),
        known => format!("{path}: unknown field \"{unknown}\": the fields are {}", known.join(", ")),
    }
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
        assert_eq!(types.len(), 6 + 5 + 6, "{types:?}");
        journeys(&types, 300);
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
