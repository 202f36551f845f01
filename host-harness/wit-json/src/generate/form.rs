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
    /// What stands for the value, or `null`. As a field it may be left out.
    Optional(&'a Type),
    /// An array; of a fixed length, if there is one.
    Array(&'a Type, Option<u32>),
    /// An array of pairs of a key and a value.
    Pairs(&'a Type, &'a Type),
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
            TypeDefKind::Record(record) => Form::Record(&record.fields),
            TypeDefKind::Variant(variant) => Form::Variant(&variant.cases),
            TypeDefKind::Enum(cases) => Form::Enum(&cases.cases),
            TypeDefKind::Flags(flags) => Form::Flags(&flags.flags),
            TypeDefKind::Tuple(tuple) => Form::Tuple(&tuple.types),
            TypeDefKind::Option(ty) => Form::Optional(ty),
            TypeDefKind::Result(result) => Form::Result { ok: result.ok.as_ref(), err: result.err.as_ref() },
            TypeDefKind::List(ty) => Form::Array(ty, None),
            TypeDefKind::FixedLengthList(ty, length) => Form::Array(ty, Some(*length)),
            TypeDefKind::Map(key, value) => Form::Pairs(key, value),
            TypeDefKind::Type(ty) => self.form(ty)?,
            other => {
                let name = def.name.as_deref().unwrap_or("a type");
                return Err(format!("{name}: a {} has no JSON form", other.as_str()).into());
            }
        })
    }

    /// Whether a field of this type may be left out.
    pub(super) fn may_be_left_out(&self, ty: &Type) -> Outcome<bool> {
        Ok(match self.form(ty)? {
            Form::Optional(_) => true,
            Form::Named(id) => matches!(self.form_of_definition(id)?, Form::Optional(_)),
            _ => false,
        })
    }
}
