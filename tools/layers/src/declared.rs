//! The layers that a file declares in its documentation.

use crate::fault::Fault;
use crate::text::Line;

/// Layers as they are written: the highest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    names: Vec<Name>,
}

/// A module or a crate that is named in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The module or the crate.
    pub name: String,
    /// Its layer, the highest being 0.
    pub layer: usize,
    /// The line that names it.
    pub line: usize,
}

impl Layers {
    /// Reads the first `text` block that follows a line which speaks of layers. `None` if there is no such block.
    ///
    /// # Errors
    ///
    /// A line of the block that cannot be read, or a name that stands there twice.
    pub fn read(file: &str, lines: &[Line]) -> Result<Option<Self>, Fault> {
        let mut lines = lines.iter();
        if !lines.by_ref().any(|line| line.text.to_lowercase().contains("layers")) {
            return Ok(None);
        }
        if !lines.by_ref().any(|line| line.text.trim() == "```text") {
            return Ok(None);
        }
        let mut layers = Self::default();
        let mut layer = 0;
        let mut goes_on = false;
        for line in lines.take_while(|line| line.text.trim() != "```") {
            if line.text.trim().is_empty() || (line.text.starts_with(' ') && !goes_on) {
                continue;
            }
            let text = line.text.trim_start();
            let names = text.split_once("  ").map_or(text, |(names, _)| names).trim_end();
            for name in names.trim_end_matches(',').split(',').map(str::trim) {
                layers.add(file, name, layer, line.number)?;
            }
            goes_on = names.ends_with(',');
            layer += usize::from(!goes_on);
        }
        Ok(Some(layers))
    }

    fn add(&mut self, file: &str, name: &str, layer: usize, line: usize) -> Result<(), Fault> {
        let readable = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
        if name.is_empty() || !name.chars().all(readable) {
            return Err(Fault::new(format!(
                "\"{name}\" is no name: a layer is names, separated by commas, then two spaces, then what they are"
            ))
            .at([format!("{file}:{line}")]));
        }
        if let Some(other) = self.find(name) {
            let lines = [format!("{file}:{}", other.line), format!("{file}:{line}")];
            return Err(Fault::new(format!("the layers name {name} twice")).at(lines));
        }
        self.names.push(Name { name: name.to_owned(), layer, line });
        Ok(())
    }

    /// Where a name stands.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Name> {
        self.names.iter().find(|known| known.name == name)
    }

    /// All names, the highest first.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::lines;

    fn read(text: &str) -> Result<Option<Layers>, Fault> {
        Layers::read("lib.rs", &lines(text, 1).collect::<Vec<_>>())
    }

    fn named(text: &str) -> Vec<(String, usize, usize)> {
        let layers = read(text).unwrap().unwrap();
        layers.names().map(|name| (name.name.clone(), name.layer, name.line)).collect()
    }

    #[test]
    fn a_line_is_a_layer() {
        let text = "In layers:\n\n```text\nlib  exports\n\na, b  two\n      of them\nc\n```\nd  nothing";
        let expected = [("lib", 0, 4), ("a", 1, 6), ("b", 1, 6), ("c", 2, 8)];
        assert_eq!(named(text), expected.map(|(name, layer, line)| (name.to_owned(), layer, line)));
    }

    #[test]
    fn a_comma_behind_the_last_name_goes_on() {
        let expected = [("a", 0, 3), ("b", 0, 4), ("c", 1, 5)];
        let text = "layers\n```text\na,  first\n  b  and second\nc  one";
        assert_eq!(named(text), expected.map(|(name, layer, line)| (name.to_owned(), layer, line)));
    }

    #[test]
    fn another_block_is_not_meant() {
        assert_eq!(read("A picture:\n```text\na  b\n```").unwrap(), None);
        assert_eq!(read("Layers:\n```sh\na  b\n```").unwrap(), None);
        assert_eq!(named("```text\nx  y\n```\nLayers:\n```sh\na  b\n```\n```text\nc  d\n```").len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let fault = read("layers\n```text\na b  two\n```").unwrap_err();
        assert!(fault.to_string().contains("\"a b\" is no name"), "{fault}");
        assert!(fault.to_string().contains("lib.rs:3"), "{fault}");
        let fault = read("layers\n```text\na  one\nb, a  two\n```").unwrap_err();
        assert!(fault.to_string().contains("name a twice\n  lib.rs:3\n  lib.rs:4"), "{fault}");
    }
}
