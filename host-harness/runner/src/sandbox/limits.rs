//! How much memory a component may take, in its own memories and in what it makes the host hold, and how many parts it may
//! have. Knows the numbers, not what they stand for.

use std::collections::HashMap;

use wasmtime::{Error, ResourceLimiter, Result};

/// How many instances, tables and memories a component may consist of, each.
const PARTS: usize = 100;
/// How many elements all tables may have together.
const TABLE_ELEMENTS: usize = 1_000_000;
/// What an element of a table counts as, in bytes.
const TABLE_ELEMENT: usize = 16;

/// What is left of the limits of one call. All memories of a component count together, and so do all tables, and what the
/// host holds for it.
pub(crate) struct Limits {
    memory_left: usize,
    elements_left: usize,
    /// What each resource of the call's table counts as, in bytes, besides its entry.
    held: HashMap<u32, usize>,
    /// The component was refused memory. It may have gone on without it, so this alone is no error.
    pub(crate) refused: bool,
}

impl Limits {
    /// The limits of a call that may take as much memory, in bytes.
    pub(crate) fn new(memory: usize) -> Self {
        Self { memory_left: memory, elements_left: TABLE_ELEMENTS, held: HashMap::new(), refused: false }
    }

    /// Counts what the host holds for a resource, in place of what was counted for it before.
    ///
    /// # Errors
    /// If the component may not have as much, which ends the call.
    pub(super) fn hold(&mut self, resource: u32, bytes: usize) -> Result<()> {
        self.release(resource);
        self.take(bytes)?;
        self.held.insert(resource, bytes);
        Ok(())
    }

    /// Counts that a resource is gone. Returns what it counted as.
    pub(super) fn release(&mut self, resource: u32) -> usize {
        let bytes = self.held.remove(&resource).unwrap_or_default();
        self.memory_left = self.memory_left.saturating_add(bytes);
        bytes
    }

    /// What a resource counts as, in bytes.
    pub(super) fn held(&self, resource: u32) -> usize {
        self.held.get(&resource).copied().unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        if self.left(bytes) { Ok(()) } else { Err(Error::msg("the host holds as much for it as it may have memory")) }
    }

    fn left(&mut self, bytes: usize) -> bool {
        let left = self.memory_left.checked_sub(bytes);
        self.refused |= left.is_none();
        left.map(|left| self.memory_left = left).is_some()
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(self.left(desired.saturating_sub(current)))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let more = desired.saturating_sub(current);
        let Some(left) = self.elements_left.checked_sub(more) else { return Ok(false) };
        self.elements_left = left;
        Ok(self.left(more.saturating_mul(TABLE_ELEMENT)))
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
