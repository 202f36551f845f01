//! Components that are broken in one way or another, made from the contract itself.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// A component of the contract whose functions all do one thing.
pub(crate) fn component(misdeed: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    of_world(&resolve, resolve.select_world(&[package], Some("plugin")).unwrap(), misdeed)
}

/// The same of a world that lacks the interfaces but for one.
pub(crate) fn of_one_interface() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    resolve.worlds[world].exports.retain(|key, _| {
        let name = match key {
            wit_parser::WorldKey::Interface(id) => resolve.interfaces[*id].name.clone().unwrap_or_default(),
            wit_parser::WorldKey::Name(name) => name.clone(),
        };
        name == "manifest"
    });
    of_world(&resolve, world, "unreachable\n")
}

fn of_world(resolve: &Resolve, world: wit_parser::WorldId, misdeed: &str) -> Vec<u8> {
    let dummy = wit_component::dummy_module(resolve, world, ManglingAndAbi::Standard32);
    let text = wasmprinter::print_bytes(dummy).unwrap();
    assert!(text.contains("    unreachable\n"), "{text}");
    let mut module = wat::parse_str(text.replace("    unreachable\n", misdeed)).unwrap();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}
