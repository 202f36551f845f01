//! How much memory a component may take, and how many parts it may have.

use wasmtime::ResourceLimiter;

/// How many instances, tables and memories a component may consist of, each.
const PARTS: usize = 100;
/// How many elements all tables may have together.
const TABLE_ELEMENTS: usize = 1_000_000;

/// What is left of the limits of one call. All memories of a component count together, and so do all tables.
pub(crate) struct Limits {
    memory_left: usize,
    elements_left: usize,
    /// The component was refused memory. It may have gone on without it, so this alone is no error.
    pub(crate) refused: bool,
}

impl Limits {
    /// The limits of a call that may take as much memory, in bytes.
    pub(crate) fn new(memory: usize) -> Self {
        Self { memory_left: memory, elements_left: TABLE_ELEMENTS, refused: false }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let left = self.memory_left.checked_sub(desired.saturating_sub(current));
        self.refused |= left.is_none();
        Ok(left.map(|left| self.memory_left = left).is_some())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let left = self.elements_left.checked_sub(desired.saturating_sub(current));
        Ok(left.map(|left| self.elements_left = left).is_some())
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}
