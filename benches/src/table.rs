//! Medians and ratios, as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::job::{Contestant, Job};
use crate::measure::Measured;

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<(Job, Contestant), Vec<Measured>>);

impl Table {
    pub(crate) fn add(&mut self, job: Job, contestant: Contestant, measured: Measured) {
        self.0.entry((job, contestant)).or_default().push(measured);
    }

    fn median(&self, job: Job, contestant: Contestant, figure: impl Fn(&Measured) -> f64) -> Option<f64> {
        let mut figures: Vec<f64> = self.0.get(&(job, contestant))?.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from(
            "| job | who | CPU, ms | wall, ms | CPU ÷ core | CPU ÷ Python | peak memory, MB | requests | items |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for ((job, contestant), measured) in &self.0 {
            let of = |contestant, figure: fn(&Measured) -> f64| self.median(*job, contestant, figure);
            let cpu = of(*contestant, |measured| measured.cpu_us);
            let ratio = |to| match (cpu, of(to, |measured| measured.cpu_us)) {
                (Some(cpu), Some(other)) if to != *contestant && other > 0.0 => format!("{:.2}", cpu / other),
                _ => String::new(),
            };
            let last = measured.last();
            let _ = writeln!(
                text,
                "| {} | {} | {:.3} | {:.3} | {} | {} | {:.1} | {} | {} |",
                job.title(),
                contestant.name(),
                cpu.unwrap_or_default() / 1e3,
                of(*contestant, |measured| measured.wall_us).unwrap_or_default() / 1e3,
                ratio(Contestant::Core),
                ratio(Contestant::Python),
                of(*contestant, |measured| bytes(measured.peak)).unwrap_or_default() / 1e6,
                last.map_or(0, |measured| measured.requests / (job.times() as usize + 1)),
                last.map_or(0, |measured| measured.items),
            );
        }
        text
    }
}

#[allow(clippy::cast_precision_loss, reason = "memory of a process")]
fn bytes(count: u64) -> f64 {
    count as f64
}
