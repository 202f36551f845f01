//! Compiled components on disk, so that a command starts at once. Never needed: whatever is wrong with the cache, the
//! component is compiled again.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiles a component, or takes what an earlier process compiled with the same engine.
pub(crate) fn compile(engine: &Engine, wasm: &[u8], directory: Option<&Path>) -> wasmtime::Result<Component> {
    let Some(directory) = directory.filter(|directory| is_private(directory)) else {
        return Component::new(engine, wasm);
    };
    let file = directory.join(format!("{}.cwasm", key(engine, wasm)));
    if file.is_file() {
        // SAFETY: loading native code is as safe as the file is ours. It lies in a directory that nobody but the user can
        // write to, was renamed into place whole, and is named by the engine's settings and the component's hash. A file
        // of another version of wasmtime is refused by wasmtime itself.
        if let Ok(component) = unsafe { Component::deserialize_file(engine, &file) } {
            return Ok(component);
        }
    }
    let component = Component::new(engine, wasm)?;
    if let Ok(native) = component.serialize() {
        // A cache that cannot be written is only slow.
        let _ = store(directory, &file, &native);
    }
    Ok(component)
}

fn key(engine: &Engine, wasm: &[u8]) -> String {
    struct Sink(Sha256);
    impl Hasher for Sink {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut sink = Sink(Sha256::new_with_prefix(wasm));
    engine.precompile_compatibility_hash().hash(&mut sink);
    sink.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn store(directory: &Path, file: &Path, native: &[u8]) -> std::io::Result<()> {
    let unfinished: PathBuf = directory.join(format!("{}.unfinished", std::process::id()));
    let mut writer = fs::File::create(&unfinished)?;
    writer.write_all(native)?;
    drop(writer);
    fs::rename(&unfinished, file)
}

/// Creates the directory if need be. False unless the user is the only one who can write to it.
fn is_private(directory: &Path) -> bool {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        builder.mode(0o700);
        let Some(home) = std::env::home_dir().and_then(|home| fs::metadata(home).ok()) else {
            return false;
        };
        builder.create(directory).is_ok()
            && fs::symlink_metadata(directory)
                .is_ok_and(|found| found.is_dir() && found.uid() == home.uid() && found.mode() & 0o022 == 0)
    }
    #[cfg(not(unix))]
    {
        builder.create(directory).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "(component)";

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("cache");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        let engine = Engine::default();
        compile(&engine, &wat::parse_str(EMPTY).unwrap(), Some(&directory)).unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_entry_is_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("cache");
        let engine = Engine::default();
        let wasm = wat::parse_str(EMPTY).unwrap();
        compile(&engine, &wasm, Some(&directory)).unwrap();
        let entry = directory.join(format!("{}.cwasm", key(&engine, &wasm)));
        let whole = fs::read(&entry).unwrap();
        fs::write(&entry, b"damaged").unwrap();
        compile(&engine, &wasm, Some(&directory)).unwrap();
        assert_eq!(fs::read(&entry).unwrap(), whole);
    }
}
