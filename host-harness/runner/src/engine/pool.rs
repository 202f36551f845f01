//! Memory that calls take turns in, so that a call costs no mapping of memory. It knows wasmtime's settings, and nothing of
//! calls.

use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// What a place can hold: a component of Rust has 1 memory, 3 core instances and 2 tables, one of an interpreted language
/// more. A component that has more than this is instantiated without a pool.
const CORE_INSTANCES: u32 = 32;
const TABLES: u32 = 4;
/// The largest table, in elements.
const TABLE_ELEMENTS: usize = 20_000;
/// How much of a memory, and of a table, is cleared and stays in place for the next call, in bytes: up to about here, that
/// costs less than new pages.
const KEPT: usize = 512 << 10;
/// How many places without a call keep pages that the operating system gave them.
const WARM: u32 = 16;

/// The places that calls take turns in, or none.
pub(super) struct Pool(Option<Semaphore>);

impl Pool {
    /// No pool: each call has memory of its own.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// An engine with a pool of so many places; none where so much address space cannot be had, as with `ulimit -v`. Each
    /// place takes 4 GiB of it, and no memory before it is used.
    pub(super) fn engine(config: &Config, places: u32) -> Option<(Engine, Self)> {
        let mut pooling = PoolingAllocationConfig::new();
        pooling
            .total_component_instances(places)
            .total_core_instances(places.checked_mul(CORE_INSTANCES)?)
            .total_memories(places)
            .total_tables(places.checked_mul(TABLES)?)
            .total_stacks(places)
            .max_memories_per_component(1)
            .max_tables_per_component(TABLES)
            .max_core_instances_per_component(CORE_INSTANCES)
            .table_elements(TABLE_ELEMENTS)
            .linear_memory_keep_resident(KEPT)
            .table_keep_resident(KEPT)
            .max_unused_warm_slots(WARM);
        let mut config = config.clone();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
        let engine = Engine::new(&config).ok()?;
        Some((engine, Self(Some(Semaphore::new(places as usize)))))
    }

    /// Waits for a place. It is free again when what this returns is dropped.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.0.as_ref()?.acquire().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::Runner;

    fn runner(text: &str) -> Runner {
        Runner::builder().component(wat::parse_str(text).unwrap()).incomplete().build().unwrap()
    }

    #[test]
    fn a_component_that_no_place_can_hold_has_memory_of_its_own() {
        const MODULE: &str = "(core module $m (memory 1)) (core instance (instantiate $m))";
        assert!(runner(&format!("(component {MODULE})")).compiled.pool.0.is_some());
        assert!(runner(&format!("(component {MODULE} (core instance (instantiate $m)))")).compiled.pool.0.is_none());
    }
}
