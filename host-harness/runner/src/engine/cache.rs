//! Compiled components on disk, so that a command starts at once. Never needed: whatever is wrong with the cache, the
//! component is compiled again.
//!
//! What is loaded is native code, so two things keep others out. The folder and all folders on the way to it belong to the
//! effective user or to root, and no other user can write to them. And each entry begins with a keyed digest, whose key only
//! that user can read: an entry that another put there is not loaded, though the folder let them.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::private_folder;

/// The file with the key of the digests.
const KEY_FILE: &str = "key";
/// The length of the key, and of a digest, in bytes.
const LENGTH: usize = 32;

/// Compiles a component, or takes what an earlier process compiled with the same engine.
pub(crate) fn compile(engine: &Engine, wasm: &[u8], directory: Option<&Path>) -> wasmtime::Result<Component> {
    let Some(cache) = directory.and_then(|directory| Cache::open(directory, name(engine, wasm)).ok()) else {
        return Component::new(engine, wasm);
    };
    if let Some(native) = cache.load() {
        // SAFETY: loading native code is as safe as it is ours. Its digest was made with a key that only this user can
        // read, over these very bytes and a name that stands for the engine's settings and the component. A file of
        // another version of wasmtime is refused by wasmtime itself.
        if let Ok(component) = unsafe { Component::deserialize(engine, &native) } {
            return Ok(component);
        }
    }
    let component = Component::new(engine, wasm)?;
    if let Ok(native) = component.serialize() {
        // A cache that cannot be written is only slow.
        let _ = cache.store(&native);
    }
    Ok(component)
}

/// A name for what comes out of compiling a component with an engine.
fn name(engine: &Engine, wasm: &[u8]) -> String {
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

/// One entry of a cache.
struct Cache<'a> {
    directory: &'a Path,
    key: [u8; LENGTH],
    name: String,
}

impl<'a> Cache<'a> {
    /// Creates the folder and the key if need be.
    fn open(directory: &'a Path, name: String) -> io::Result<Self> {
        private_folder::create(directory)?;
        Ok(Self { directory, key: key(directory)?, name })
    }

    /// The compiled component, if it is there and of this user.
    fn load(&self) -> Option<Vec<u8>> {
        let mut file = File::open(self.directory.join(self.file())).ok()?;
        let mut digest = [0; LENGTH];
        file.read_exact(&mut digest).ok()?;
        let mut native = Vec::new();
        file.read_to_end(&mut native).ok()?;
        self.digest(&native)?.verify_slice(&digest).ok()?;
        Some(native)
    }

    fn store(&self, native: &[u8]) -> io::Result<()> {
        let digest = self.digest(native).ok_or(io::ErrorKind::InvalidInput)?;
        write(self.directory, &self.file(), &[&digest.finalize().into_bytes(), native])
    }

    fn file(&self) -> String {
        format!("{}.cwasm", self.name)
    }

    /// The digest of an entry. An entry of another name has another one.
    fn digest(&self, native: &[u8]) -> Option<Hmac<Sha256>> {
        let mut digest = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        digest.update(self.name.as_bytes());
        digest.update(native);
        Some(digest)
    }
}

/// The key of a folder, which is made if there is none.
fn key(directory: &Path) -> io::Result<[u8; LENGTH]> {
    let file = directory.join(KEY_FILE);
    if !file.try_exists()? {
        let mut key = [0; LENGTH];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        // Another process may do the same at this moment. Entries of the key that loses are compiled again.
        write(directory, KEY_FILE, &[&key])?;
    }
    let mut key = [0; LENGTH];
    private_folder::open_secret(&file)?.read_exact(&mut key)?;
    Ok(key)
}

/// Writes a file that only this user can read: under a random name, and renamed once it is whole.
fn write(directory: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
    let mut unfinished = tempfile::NamedTempFile::new_in(directory)?;
    for part in parts {
        unfinished.write_all(part)?;
    }
    unfinished.persist(directory.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const EMPTY: &str = "(component)";
    const OTHER: &str = "(component (core module))";

    /// A folder with a compiled component, and the bytes of its entry.
    fn cached(engine: &Engine, text: &str) -> (tempfile::TempDir, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let wasm = wat::parse_str(text).unwrap();
        compile(engine, &wasm, Some(directory.path())).unwrap();
        let entry = fs::read(entry(engine, text, directory.path())).unwrap();
        (directory, entry)
    }

    fn entry(engine: &Engine, text: &str, directory: &Path) -> std::path::PathBuf {
        directory.join(format!("{}.cwasm", name(engine, &wat::parse_str(text).unwrap())))
    }

    fn load(engine: &Engine, text: &str, directory: &Path) -> Option<Vec<u8>> {
        let wasm = wat::parse_str(text).unwrap();
        Cache::open(directory, name(engine, &wasm)).unwrap().load()
    }

    #[test]
    fn a_compiled_component_is_found_again() {
        let engine = Engine::default();
        let (directory, _) = cached(&engine, EMPTY);
        assert!(load(&engine, EMPTY, directory.path()).is_some());
    }

    #[test]
    fn an_entry_that_is_damaged_or_not_ours_is_not_loaded_but_replaced() {
        let engine = Engine::default();
        let (directory, whole) = cached(&engine, EMPTY);
        let file = entry(&engine, EMPTY, directory.path());
        // Native code that wasmtime would take, as another user can make it: without the key.
        let planted = Component::new(&engine, wat::parse_str(OTHER).unwrap()).unwrap().serialize().unwrap();
        let with_another_key = cached(&engine, EMPTY).1;
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        let mut without_digest = vec![0; LENGTH];
        without_digest.extend(&planted);
        for planted in [b"damaged".to_vec(), planted, without_digest, with_another_key, changed, Vec::new()] {
            fs::write(&file, &planted).unwrap();
            assert_eq!(load(&engine, EMPTY, directory.path()), None);
            compile(&engine, &wat::parse_str(EMPTY).unwrap(), Some(directory.path())).unwrap();
            assert_eq!(fs::read(&file).unwrap(), whole);
        }
    }

    #[test]
    fn an_entry_of_another_component_is_not_loaded() {
        let engine = Engine::default();
        let (directory, whole) = cached(&engine, EMPTY);
        fs::write(entry(&engine, OTHER, directory.path()), whole).unwrap();
        assert_eq!(load(&engine, OTHER, directory.path()), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("cache");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        let engine = Engine::default();
        compile(&engine, &wat::parse_str(EMPTY).unwrap(), Some(&directory)).unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_is_stored() {
        use std::os::unix::fs::PermissionsExt;
        let engine = Engine::default();
        let (directory, _) = cached(&engine, EMPTY);
        let mut names = Vec::new();
        for entry in fs::read_dir(directory.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            names.push(entry.file_name());
        }
        assert!(names.len() == 2 && names.contains(&KEY_FILE.into()), "{names:?}");
    }
}
