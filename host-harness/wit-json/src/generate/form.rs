//! The rules of the JSON form: what stands for a value of each type of WIT. Both generators follow them.

use wit_parser::{Case, EnumCase, Field, Flag, Type, TypeDefKind, TypeId};

use super::contract::{Contract, Outcome};
use crate::whole::Whole;

/// What stands for a value.
pub(super) enum Form<'a> {
    /// What stands for a value of another type, which has a name.
    Named(TypeId),
    /// `true` or `false`.
    Boolean,
    /// A number without a fraction.
    Whole { least: i64, greatest: i64 },
    /// A string of decimal digits, for numbers of 64 bits: those of JSON may be too coarse.
    Decimal { signed: bool },
    /// A number, or `"NaN"`, `"inf"`, `"-inf"`.
    Float,
    /// A string of one character.
    Character,
    /// A string.
    Text,
    /// Any JSON: a value of the type `json`, a string that holds a JSON text.
    Json,
    /// What stands for the value, or `null`. As a field it may be left out.
    Optional(&'a Type),
    /// An array; of a fixed length, if there is one. As a field, one that may be empty may be left out.
    Array(&'a Type, Option<u32>),
    /// An object: a map, or a list of pairs, whose keys are strings or of an enum. No key may be there twice. As a field it
    /// may be left out.
    Entries(&'a Type, &'a Type),
    /// An array with one element for each type.
    Tuple(&'a [Type]),
    /// An object with a field for each of a record's, named by [`field_name`](crate::field_name).
    Record(&'a [Field]),
    /// The name of a case.
    Enum(&'a [EnumCase]),
    /// `{"case": NAME, "value": VALUE}`, or `{"case": NAME}` for a case without a value.
    Variant(&'a [Case]),
    /// An array of the names of those that are set.
    Flags(&'a [Flag]),
    /// `{"ok": VALUE}` or `{"err": VALUE}`, with `null` where there is no value.
    Result { ok: Option<&'a Type>, err: Option<&'a Type> },
}

/// What may stand for a value that is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Nothing: it has to be there.
    Refused,
    /// No value, an empty list, or `false`.
    Default,
    /// A record all of whose fields may be left out.
    EmptyObject,
}

/// The name of the type of WIT that holds JSON texts.
const JSON: &str = "json";

impl Contract {
    /// The form of a type where it is used.
    pub(super) fn form<'a>(&'a self, ty: &Type) -> Outcome<Form<'a>> {
        fn whole<T: Whole>() -> Form<'static> {
            Form::Whole { least: T::LEAST, greatest: T::GREATEST }
        }
        Ok(match ty {
            Type::Bool => Form::Boolean,
            Type::U8 => whole::<u8>(),
            Type::U16 => whole::<u16>(),
            Type::U32 => whole::<u32>(),
            Type::S8 => whole::<i8>(),
            Type::S16 => whole::<i16>(),
            Type::S32 => whole::<i32>(),
            Type::U64 => Form::Decimal { signed: false },
            Type::S64 => Form::Decimal { signed: true },
            Type::F32 | Type::F64 => Form::Float,
            Type::Char => Form::Character,
            Type::String => Form::Text,
            Type::Id(id) => {
                let origin = self.origin(*id)?;
                if self.name_of(origin)?.is_some() { Form::Named(origin) } else { self.form_of_definition(origin)? }
            }
            Type::ErrorContext => return Err("an error-context has no JSON form".into()),
        })
    }

    /// The form of a type where it is defined.
    pub(super) fn form_of_definition(&self, id: TypeId) -> Outcome<Form<'_>> {
        let def = self.definition(id)?;
        Ok(match &def.kind {
            TypeDefKind::Type(Type::String) if def.name.as_deref() == Some(JSON) => Form::Json,
            TypeDefKind::Record(record) => Form::Record(&record.fields),
            TypeDefKind::Variant(variant) => Form::Variant(&variant.cases),
            TypeDefKind::Enum(cases) => Form::Enum(&cases.cases),
            TypeDefKind::Flags(flags) => Form::Flags(&flags.flags),
            TypeDefKind::Tuple(tuple) => Form::Tuple(&tuple.types),
            TypeDefKind::Option(ty) => Form::Optional(ty),
            TypeDefKind::Result(result) => Form::Result { ok: result.ok.as_ref(), err: result.err.as_ref() },
            TypeDefKind::List(ty) => match self.pair(ty)? {
                Some((key, value)) if self.is_key(key)? => Form::Entries(key, value),
                _ => Form::Array(ty, None),
            },
            TypeDefKind::FixedLengthList(ty, length) => Form::Array(ty, Some(*length)),
            TypeDefKind::Map(key, value) if self.is_key(key)? => Form::Entries(key, value),
            TypeDefKind::Type(ty) => self.form(ty)?,
            other => {
                let name = def.name.as_deref().unwrap_or("a type");
                return Err(format!("{name}: a {} has no JSON form", other.as_str()).into());
            }
        })
    }

    /// The two types of a pair.
    fn pair(&self, ty: &Type) -> Outcome<Option<(&Type, &Type)>> {
        let Type::Id(id) = ty else { return Ok(None) };
        Ok(match &self.definition(*id)?.kind {
            TypeDefKind::Tuple(tuple) => match tuple.types.as_slice() {
                [key, value] => Some((key, value)),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether the values of a type can be keys of an object.
    fn is_key(&self, ty: &Type) -> Outcome<bool> {
        Ok(matches!(self.resolved(ty)?, Form::Text | Form::Enum(_)))
    }

    /// The form of a type, whatever its name.
    pub(super) fn resolved(&self, ty: &Type) -> Outcome<Form<'_>> {
        match self.form(ty)? {
            Form::Named(id) => self.form_of_definition(id),
            form => Ok(form),
        }
    }

    /// What may stand for a field of this type that is left out of what is passed in.
    pub(super) fn absence(&self, ty: &Type) -> Outcome<Absence> {
        Ok(match self.resolved(ty)? {
            Form::Boolean | Form::Optional(_) | Form::Array(_, None) | Form::Entries(..) => Absence::Default,
            Form::Record(fields) => {
                for field in fields {
                    if self.absence(&field.ty)? == Absence::Refused {
                        return Ok(Absence::Refused);
                    }
                }
                Absence::EmptyObject
            }
            _ => Absence::Refused,
        })
    }
}
