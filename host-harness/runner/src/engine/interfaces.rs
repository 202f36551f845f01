//! What a component asks of its host and offers to it, by name. Knows nothing of what is allowed or required.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The imports and exports of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// What it imports, with versions, such as `wasi:http/types@0.2.4`. Sorted.
    pub imports: Vec<String>,
    /// What it exports, with versions, such as `logzio:soar/logs@0.1.0`. Sorted.
    pub exports: Vec<String>,
    /// The functions in the interfaces that it exports, such as `logzio:soar/logs@0.1.0#search-logs`; one that lies in no
    /// interface is its name alone. Sorted.
    pub functions: Vec<String>,
}

impl Interfaces {
    pub(crate) fn of(component: &Component, engine: &Engine) -> Self {
        let ty = component.component_type();
        let mut interfaces = Self::default();
        interfaces.imports.extend(ty.imports(engine).map(|(name, _)| name.to_owned()));
        for (name, item) in ty.exports(engine) {
            interfaces.exports.push(name.to_owned());
            match item.ty {
                ComponentItem::ComponentFunc(_) => interfaces.functions.push(name.to_owned()),
                ComponentItem::ComponentInstance(instance) => {
                    let functions =
                        instance.exports(engine).filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)));
                    interfaces.functions.extend(functions.map(|(function, _)| format!("{name}#{function}")));
                }
                _ => {}
            }
        }
        for names in [&mut interfaces.imports, &mut interfaces.exports, &mut interfaces.functions] {
            names.sort_unstable();
        }
        interfaces
    }
}
