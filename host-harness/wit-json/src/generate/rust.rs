//! Rust code for a contract: functions that read its types from their JSON form and write them, and the calls of its
//! functions.

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Case, Docs, Type, TypeId};

use super::contract::{Contract, Outcome};
use super::form::{Absence, Form};
use crate::name::field_name;

/// A type that the contract would be the first to need. What is generated has to be tested, so it is not there yet.
const NOT_YET: &str = "a type of this kind cannot be read and written in Rust yet";

impl Contract {
    /// Rust code, to be included in a module of its own: for each type `TYPE` of an interface `INTERFACE`, the functions
    /// `read_INTERFACE_TYPE` and `write_INTERFACE_TYPE`.
    ///
    /// `bindings` is the path of the Rust types: the module that has a module for each interface.
    ///
    /// # Errors
    /// If a type has a form that no contract has needed in Rust yet.
    pub fn readers_and_writers(&self, bindings: &str) -> Outcome<String> {
        let bindings: TokenStream = bindings.parse()?;
        let types = self.types()?.into_iter().map(|id| Ok(self.reader_and_writer(id, &bindings)?.to_string()));
        // A line for each type, so that an error in the code has a place.
        Ok(types.collect::<Outcome<Vec<String>>>()?.join("\n"))
    }

    /// Rust code, to be included beside the [readers](Self::readers_and_writers) in the crate of the bindings: for each type,
    /// the traits of [`form`](crate::form).
    ///
    /// # Errors
    /// If a type has no name.
    pub fn forms(&self, bindings: &str) -> Outcome<String> {
        let bindings: TokenStream = bindings.parse()?;
        let mut forms = Vec::new();
        for id in self.types()? {
            let ty = self.path(id, &bindings)?;
            let (reader, writer) = (self.function("read", id)?, self.function("write", id)?);
            let form = self.form_of_definition(id)?;
            if !matches!(form, Form::Record(_) | Form::Enum(_) | Form::Variant(_)) {
                continue;
            }
            forms.push(quote! {
                impl ::logzio_soar_wit_json::form::JsonForm for #ty {
                    fn read(
                        value: &::serde_json::value::RawValue,
                        path: &str,
                    ) -> ::logzio_soar_wit_json::read::Outcome<Self> { #reader(value, path) }
                    fn write(&self, out: &mut String) { #writer(self, out) }
                }
            });
            if let Form::Enum(cases) = form {
                let idents = cases.iter().map(|case| camel(&case.name));
                let names = cases.iter().map(|case| &case.name);
                forms.push(quote! {
                    impl ::logzio_soar_wit_json::form::Cases for #ty {
                        const CASES: &'static [(&'static str, Self)] = &[#((#names, Self::#idents)),*];
                    }
                });
            }
        }
        Ok(forms.iter().map(TokenStream::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// Rust code, to be included beside the [readers](Self::readers_and_writers): an enum `Call` with a case for each
    /// function, which reads its arguments.
    ///
    /// # Errors
    /// If an argument has a type that no contract has needed in Rust yet.
    pub fn calls(&self, bindings: &str) -> Outcome<String> {
        let bindings: TokenStream = bindings.parse()?;
        let (mut cases, mut readers, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (interface, function) in self.functions()? {
            let name = format!("{interface}.{}", function.name);
            let (case, case_docs) = (camel(&function.name), docs(&function.docs));
            let mut arguments = Vec::new();
            for param in &function.params {
                let (field, ty) = (snake(&param.name), self.rust_type(&param.ty, &bindings)?);
                let docs = format!("The argument `{}`.", param.name);
                arguments.push(quote! { #[doc = #docs] #field: #ty });
            }
            let fields = function.params.iter().map(|param| (param.name.as_str(), &param.ty));
            let read = self.read_fields(quote! { Self::#case }, quote! { arguments }, fields)?;
            cases.push(quote! { #case_docs #case { #(#arguments),* } });
            readers.push(quote! { #name => Some((|| { #read })()) });
            names.push(name);
        }
        let code = quote! {
            /// A call of a function of the contract, with its arguments.
            pub enum Call { #(#cases),* }

            impl Call {
                /// The names of all functions, with those of their interfaces: `interface.function`.
                pub const NAMES: &'static [&'static str] = &[#(#names),*];

                /// Reads the arguments of a function; none if there is no function of this name.
                ///
                /// # Errors
                /// What is wrong with the arguments, and where.
                pub fn read(
                    name: &str,
                    arguments: &::serde_json::value::RawValue,
                    path: &str,
                ) -> Option<::logzio_soar_wit_json::read::Outcome<Self>> {
                    match name { #(#readers,)* _ => None }
                }
            }
        };
        Ok(code.to_string())
    }

    /// The two functions of a type that is defined by what it consists of. None for another name of a type: it is read and
    /// written as that.
    fn reader_and_writer(&self, id: TypeId, bindings: &TokenStream) -> Outcome<TokenStream> {
        let ty = self.path(id, bindings)?;
        let code = self.code_of(id, &ty).map_err(|error| format!("{ty}: {error}"))?;
        let Some((read, write)) = code else { return Ok(TokenStream::new()) };
        let (reader, writer) = (self.function("read", id)?, self.function("write", id)?);
        let (docs_of_reader, docs_of_writer) = (format!(" Reads a [`{ty}`]."), format!(" Writes a [`{ty}`]."));
        Ok(quote! {
            #[doc = #docs_of_reader]
            ///
            /// # Errors
            /// What is expected, and where.
            pub fn #reader(
                value: &::serde_json::value::RawValue,
                path: &str,
            ) -> ::logzio_soar_wit_json::read::Outcome<#ty> { #read }

            #[doc = #docs_of_writer]
            pub fn #writer(value: &#ty, out: &mut String) { #write }
        })
    }

    /// How a type is read and written.
    fn code_of(&self, id: TypeId, ty: &TokenStream) -> Outcome<Option<(TokenStream, TokenStream)>> {
        Ok(Some(match self.form_of_definition(id)? {
            Form::Record(fields) => {
                let read = fields.iter().map(|field| (field.name.as_str(), &field.ty));
                let read = self.read_fields(quote! { #ty }, quote! { value }, read)?;
                let mut written = Vec::new();
                for field in fields {
                    let (key, ident, write) = (field_name(&field.name), snake(&field.name), self.writer(&field.ty)?);
                    written.push(quote! { object.field(#key, #write, &value.#ident); });
                }
                let write = quote! {
                    let mut object = ::logzio_soar_wit_json::write::Object::new(out);
                    #(#written)*
                    object.end();
                };
                (read, write)
            }
            Form::Enum(cases) => {
                let idents: Vec<Ident> = cases.iter().map(|case| camel(&case.name)).collect();
                let names: Vec<&String> = cases.iter().map(|case| &case.name).collect();
                let read = quote! {
                    ::logzio_soar_wit_json::read::name(value, path, &[#((#names, #ty::#idents)),*])
                };
                (
                    read,
                    quote! { ::logzio_soar_wit_json::write::name(match value { #(#ty::#idents => #names),* }, out); },
                )
            }
            Form::Variant(cases) => self.variant(ty, cases)?,
            Form::Array(_, Some(_)) | Form::Flags(_) | Form::Result { .. } => {
                return Err(NOT_YET.into());
            }
            _ => return Ok(None),
        }))
    }

    fn variant(&self, ty: &TokenStream, cases: &[Case]) -> Outcome<(TokenStream, TokenStream)> {
        let names: Vec<&String> = cases.iter().map(|case| &case.name).collect();
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        for case in cases {
            let (name, ident) = (&case.name, camel(&case.name));
            match &case.ty {
                None => {
                    readers.push(quote! { #name => case.nothing().map(|()| #ty::#ident) });
                    writers.push(
                        quote! { #ty::#ident => object.field("case", ::logzio_soar_wit_json::write::name, #name) },
                    );
                }
                Some(payload) => {
                    let (how, read, write) = (self.presence(payload)?, self.reader(payload)?, self.writer(payload)?);
                    readers.push(quote! { #name => case.#how(#read).map(#ty::#ident) });
                    writers.push(quote! {
                        #ty::#ident(payload) => {
                            object.field("case", ::logzio_soar_wit_json::write::name, #name);
                            object.field("value", #write, payload);
                        }
                    });
                }
            }
        }
        let read = quote! {
            let case = ::logzio_soar_wit_json::read::Case::of(value, path, &[#(#names),*])?;
            match case.name() { #(#readers,)* _ => Err(case.unknown()) }
        };
        let write = quote! {
            let mut object = ::logzio_soar_wit_json::write::Object::new(out);
            match value { #(#writers),* }
            object.end();
        };
        Ok((read, write))
    }

    /// Reads an object whose fields become those of a Rust value.
    fn read_fields<'a>(
        &self,
        constructor: TokenStream,
        object: TokenStream,
        fields: impl Iterator<Item = (&'a str, &'a Type)>,
    ) -> Outcome<TokenStream> {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (name, ty) in fields {
            let (key, ident) = (field_name(name), snake(name));
            let (how, read) = (self.presence(ty)?, self.reader(ty)?);
            values.push(quote! { #ident: fields.#how(#key, #read)? });
            keys.push(key);
        }
        let fields = if keys.is_empty() {
            quote! { _fields }
        } else {
            quote! { fields }
        };
        Ok(quote! {
            let #fields = ::logzio_soar_wit_json::read::Fields::of(#object, path, &[#(#keys),*])?;
            Ok(#constructor { #(#values),* })
        })
    }

    /// Whether a field or a case has to have a value: the name of the function that reads it.
    fn presence(&self, ty: &Type) -> Outcome<Ident> {
        let function = match self.absence(ty)? {
            Absence::Refused => "required",
            Absence::Default => "or_default",
            Absence::EmptyObject => "or_empty",
        };
        Ok(format_ident!("{function}"))
    }

    /// The reader of a type.
    fn reader(&self, ty: &Type) -> Outcome<TokenStream> {
        let read = quote! { ::logzio_soar_wit_json::read };
        self.function_of(&self.form(ty)?, "read", &read, &|ty| self.reader(ty))
    }

    /// The writer of a type.
    fn writer(&self, ty: &Type) -> Outcome<TokenStream> {
        let write = quote! { ::logzio_soar_wit_json::write };
        self.function_of(&self.form(ty)?, "write", &write, &|ty| self.writer(ty))
    }

    /// The function of a form in the module `read` or `write`, or the one that is generated for it.
    fn function_of(
        &self,
        form: &Form<'_>,
        verb: &str,
        module: &TokenStream,
        of: &dyn Fn(&Type) -> Outcome<TokenStream>,
    ) -> Outcome<TokenStream> {
        Ok(match form {
            Form::Named(id) => match self.form_of_definition(*id)? {
                Form::Record(_) | Form::Enum(_) | Form::Variant(_) => {
                    let function = self.function(verb, *id)?;
                    quote! { #function }
                }
                form => self.function_of(&form, verb, module, of)?,
            },
            Form::Boolean => quote! { #module::boolean },
            Form::Whole { .. } => quote! { #module::whole },
            Form::Decimal { .. } => quote! { #module::decimal },
            Form::Float => quote! { #module::float },
            Form::Character => quote! { #module::character },
            Form::Text => quote! { #module::string },
            Form::Json => quote! { #module::json },
            Form::Entries(key, value) => {
                let (key, value) = (of(key)?, of(value)?);
                quote! { #module::entries(#key, #value) }
            }
            Form::Optional(ty) => {
                let inner = of(ty)?;
                quote! { #module::option(#inner) }
            }
            Form::Array(ty, None) => {
                let inner = of(ty)?;
                quote! { #module::list(#inner) }
            }
            Form::Tuple([first, second]) => {
                let (first, second) = (of(first)?, of(second)?);
                quote! { #module::pair(#first, #second) }
            }
            _ => return Err(NOT_YET.into()),
        })
    }

    /// The Rust type of a value, as the bindings have it.
    fn rust_type(&self, ty: &Type, bindings: &TokenStream) -> Outcome<TokenStream> {
        Ok(match ty {
            Type::Bool => quote! { bool },
            Type::U8 => quote! { u8 },
            Type::U16 => quote! { u16 },
            Type::U32 => quote! { u32 },
            Type::U64 => quote! { u64 },
            Type::S8 => quote! { i8 },
            Type::S16 => quote! { i16 },
            Type::S32 => quote! { i32 },
            Type::S64 => quote! { i64 },
            Type::F64 => quote! { f64 },
            Type::Char => quote! { char },
            Type::String => quote! { String },
            Type::Id(id) => {
                let id = self.origin(*id)?;
                match (self.name_of(id)?, self.form_of_definition(id)?) {
                    (Some(_), _) => self.path(id, bindings)?,
                    (None, Form::Optional(ty)) => {
                        let ty = self.rust_type(ty, bindings)?;
                        quote! { Option<#ty> }
                    }
                    (None, Form::Array(ty, None)) => {
                        let ty = self.rust_type(ty, bindings)?;
                        quote! { Vec<#ty> }
                    }
                    _ => return Err(NOT_YET.into()),
                }
            }
            Type::F32 | Type::ErrorContext => return Err(NOT_YET.into()),
        })
    }

    /// Where the bindings have a type.
    fn path(&self, id: TypeId, bindings: &TokenStream) -> Outcome<TokenStream> {
        let (interface, name) = self.name_of(id)?.ok_or("a type has no name")?;
        let (interface, name) = (snake(interface), camel(name));
        Ok(quote! { #bindings::#interface::#name })
    }

    /// The name of a type's reader or writer.
    fn function(&self, verb: &str, id: TypeId) -> Outcome<Ident> {
        let (interface, name) = self.name_of(id)?.ok_or("a type has no name")?;
        Ok(format_ident!("{verb}_{}_{}", snake(interface), snake(name)))
    }
}

fn docs(docs: &Docs) -> TokenStream {
    let lines = docs.contents.as_deref().unwrap_or_default().lines().map(|line| format!(" {line}"));
    quote! { #(#[doc = #lines])* }
}

fn snake(name: &str) -> Ident {
    Ident::new(&name.to_snake_case(), Span::call_site())
}

fn camel(name: &str) -> Ident {
    Ident::new(&name.to_upper_camel_case(), Span::call_site())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a contract with one type, without white space.
    fn code(ty: &str) -> Outcome<String> {
        let contract = Contract::parse(&format!("package a:b; interface the-things {{ {ty} }}"));
        Ok(contract.readers_and_writers("crate::bindings")?.replace(char::is_whitespace, ""))
    }

    #[test]
    fn a_field_that_is_an_option_may_be_left_out() {
        let code = code("type why = option<string>; record thing { a-b: u8, c: option<u8>, d: why }").unwrap();
        assert!(code.contains("pubfnread_the_things_thing("), "{code}");
        assert!(code.contains("Ok(crate::bindings::the_things::Thing{"), "{code}");
        for read in [
            r#"a_b:fields.required("a_b",::logzio_soar_wit_json::read::whole)?"#,
            r#"c:fields.or_default("c",::logzio_soar_wit_json::read::option(::logzio_soar_wit_json::read::whole))?"#,
            r#"d:fields.or_default("d",::logzio_soar_wit_json::read::option(::logzio_soar_wit_json::read::string))?"#,
        ] {
            assert!(code.contains(read), "{read}\n{code}");
        }
    }

    #[test]
    fn a_type_that_cannot_be_read_yet_is_an_error_with_its_name() {
        for ty in ["flags the-marks { a, b }", "record the-marks { a: tuple<u8, u8, u8> }"] {
            let error = code(ty).unwrap_err().to_string();
            assert!(error.contains("TheMarks") && error.contains(NOT_YET), "{error}");
        }
    }
}
