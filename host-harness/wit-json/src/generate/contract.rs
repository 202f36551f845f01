//! A WIT package, as far as the JSON form depends on it.

use std::error::Error;
use std::path::Path;

use wit_parser::{
    Docs, Function, Interface, Package, PackageId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner,
};

/// What a build script makes of an error: a text for the person who builds.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The functions and types of a WIT package.
pub struct Contract {
    resolve: Resolve,
    package: PackageId,
}

impl Contract {
    /// Reads the WIT package in a directory.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(directory: &Path) -> Outcome<Self> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(directory)?;
        Ok(Self { resolve, package })
    }

    /// Reads a WIT package from a text.
    #[cfg(test)]
    pub(super) fn parse(text: &str) -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", text).unwrap_or_else(|error| panic!("{error}"));
        Self { resolve, package }
    }

    /// The name of the package, such as `logzio:soar`.
    ///
    /// # Errors
    /// If there is none.
    pub fn name(&self) -> Outcome<String> {
        let name = &self.package()?.name;
        Ok(format!("{}:{}", name.namespace, name.name))
    }

    /// The version of the package.
    ///
    /// # Errors
    /// If it has none.
    pub fn version(&self) -> Outcome<String> {
        Ok(self.package()?.name.version.as_ref().ok_or("the WIT package has no version")?.to_string())
    }

    /// What the package's world says of itself.
    pub(super) fn docs(&self) -> Outcome<Option<&Docs>> {
        let world = self.package()?.worlds.values().next();
        Ok(world.and_then(|world| self.resolve.worlds.get(*world)).map(|world| &world.docs))
    }

    /// The interfaces, in the order of the WIT, with their names.
    pub(super) fn interfaces(&self) -> Outcome<Vec<(&str, &Interface)>> {
        let interfaces = self.package()?.interfaces.iter().map(|(name, id)| {
            let interface = self.resolve.interfaces.get(*id).ok_or("an interface is missing")?;
            Ok((name.as_str(), interface))
        });
        interfaces.collect()
    }

    /// All functions, in the order of the WIT, each with the name of its interface.
    pub(super) fn functions(&self) -> Outcome<Vec<(&str, &Function)>> {
        let interfaces = self.interfaces()?.into_iter();
        Ok(interfaces.flat_map(|(name, interface)| interface.functions.values().map(move |of| (name, of))).collect())
    }

    /// The types that are declared in the package, in the order of the WIT. One that an interface only uses is not among
    /// the interface's.
    pub(super) fn types(&self) -> Outcome<Vec<TypeId>> {
        let mut types = Vec::new();
        for (_, interface) in self.interfaces()? {
            for id in interface.types.values() {
                if self.origin(*id)? == *id {
                    types.push(*id);
                }
            }
        }
        Ok(types)
    }

    pub(super) fn definition(&self, id: TypeId) -> Outcome<&TypeDef> {
        self.resolve.types.get(id).ok_or_else(|| "a type is missing".into())
    }

    /// Where a type is declared that an interface may only use.
    pub(super) fn origin(&self, id: TypeId) -> Outcome<TypeId> {
        let used = self.definition(id)?;
        match used.kind {
            TypeDefKind::Type(Type::Id(of)) if self.definition(of)?.owner != used.owner => self.origin(of),
            _ => Ok(id),
        }
    }

    /// The interface and the name of a type, if it has a name.
    pub(super) fn name_of(&self, id: TypeId) -> Outcome<Option<(&str, &str)>> {
        let def = self.definition(id)?;
        let (Some(name), TypeOwner::Interface(owner)) = (&def.name, def.owner) else { return Ok(None) };
        let owner = self.resolve.interfaces.get(owner).and_then(|owner| owner.name.as_deref());
        Ok(Some((owner.ok_or("an interface has no name")?, name)))
    }

    /// The types of the result of a function that may fail, `ok` and `err`; none for one that may not.
    pub(super) fn result_of<'a>(&'a self, function: &'a Function) -> Outcome<Option<&'a wit_parser::Result_>> {
        let Some(Type::Id(id)) = &function.result else { return Ok(None) };
        match &self.definition(*id)?.kind {
            TypeDefKind::Result(result) => Ok(Some(result)),
            _ => Ok(None),
        }
    }

    fn package(&self) -> Outcome<&Package> {
        self.resolve.packages.get(self.package).ok_or_else(|| "the WIT has no package".into())
    }
}
