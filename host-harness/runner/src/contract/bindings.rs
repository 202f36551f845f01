//! What `bindgen!` generates from `wit/`: the contract's types, and how to call a component of it. Nothing else belongs here.
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation is in wit/")]

wasmtime::component::bindgen!({
    world: "plugin",
    path: "wit",
    exports: { default: async },
    additional_derives: [Clone, PartialEq],
});
