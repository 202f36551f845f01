//! Who uses whom among the parts of a whole: circles, and arrows upwards.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{astar, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::declared::Layers;
use crate::fault::Fault;

/// How many lines a report shows of one arrow.
const LINES_SHOWN: usize = 3;

/// Parts of a whole, and the lines in which one uses another.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: BTreeSet<String>,
    arrows: BTreeMap<(String, String), BTreeSet<Place>>,
}

/// A line in which one part uses another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: String,
    line: usize,
    written: String,
}

impl Graph {
    /// Adds a part.
    pub fn node(&mut self, name: &str) {
        self.nodes.insert(name.to_owned());
    }

    /// Adds a line in which a part uses another: its file, its number, and what it writes.
    pub fn arrow(&mut self, from: &str, to: &str, file: &str, line: usize, written: &str) {
        self.node(from);
        self.node(to);
        let lines = self.arrows.entry((from.to_owned(), to.to_owned())).or_default();
        lines.insert(Place { file: file.to_owned(), line, written: written.to_owned() });
    }

    /// Circles, the shortest ways around. Where circles share arrows, each is named that is left once an arrow of the one
    /// before is cut: the arrow of the fewest lines.
    #[must_use]
    pub fn circles(&self, whole: &str) -> Vec<Fault> {
        let mut left: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for ((from, to), lines) in &self.arrows {
            left.insert((from, to), lines.len());
        }
        let mut faults = Vec::new();
        while let Some(circle) = shortest_circle(&left) {
            let arrows: Vec<(&str, &str)> =
                circle.iter().zip(circle.iter().cycle().skip(1)).map(|(&from, &to)| (from, to)).collect();
            let way: Vec<&str> = circle.iter().chain(circle.first()).copied().collect();
            let lines = arrows.iter().flat_map(|&(from, to)| self.lines(from, to).take(1));
            faults.push(Fault::new(format!("a circle in {whole}: {}", way.join(" -> "))).at(lines));
            let lightest = arrows.iter().min_by_key(|arrow| left.get(*arrow).copied().unwrap_or_default());
            if let Some(arrow) = lightest {
                left.remove(arrow);
            }
        }
        faults
    }

    /// What breaks the declared layers: arrows upwards and between parts of one layer, parts that are in no layer, and
    /// names that are no part. `top` stands above all, unless it is in a layer.
    #[must_use]
    pub fn against(&self, layers: &Layers, file: &str, whole: &str, top: Option<&str>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for name in layers.names().filter(|name| !self.nodes.contains(&name.name)) {
            let what = format!("the layers of {whole} name {}, which is not there", name.name);
            faults.push(Fault::new(what).at([format!("{file}:{}", name.line)]));
        }
        for node in self.nodes.iter().filter(|node| layers.find(node).is_none() && top != Some(node)) {
            let what = format!(
                "{node} is in no layer of {whole}: name it in the block of layers of {file}; a comma separates names"
            );
            faults.push(Fault::new(what));
        }
        // From 1, since what stands above all is 0.
        let layer = |node: &str| match layers.find(node) {
            Some(name) => Some(name.layer + 1),
            None => (top == Some(node)).then_some(0),
        };
        for (from, to) in self.arrows.keys() {
            let (Some(upper), Some(lower)) = (layer(from), layer(to)) else { continue };
            if upper >= lower {
                let how = if upper == lower { "of its own layer" } else { "of a layer above" };
                let what = format!("{from} uses {to} {how} in {whole}");
                faults.push(Fault::new(what).at(self.lines(from, to).take(LINES_SHOWN)));
            }
        }
        faults
    }

    /// Layers that would do, if there is no circle: each part as low as it can be.
    #[must_use]
    pub fn proposal(&self) -> Vec<String> {
        let mut levels: BTreeMap<&str, usize> = self.nodes.iter().map(|node| (node.as_str(), 0)).collect();
        // Each round raises what stands too low; more rounds than parts are a circle's.
        for _ in 0..self.nodes.len() {
            for (from, to) in self.arrows.keys() {
                let below = levels.get(to.as_str()).copied().unwrap_or_default();
                if let Some(level) = levels.get_mut(from.as_str()) {
                    *level = (*level).max(below + 1);
                }
            }
        }
        let mut layers: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (node, level) in levels {
            layers.entry(level).or_default().push(node);
        }
        layers.values().rev().map(|names| names.join(", ")).collect()
    }

    fn lines(&self, from: &str, to: &str) -> impl Iterator<Item = String> {
        let lines = self.arrows.get(&(from.to_owned(), to.to_owned())).into_iter().flatten();
        lines.map(move |Place { file, line, written }| format!("{file}:{line}: {from} uses {to}: {written}"))
    }
}

fn shortest_circle<'name>(arrows: &BTreeMap<(&'name str, &'name str), usize>) -> Option<Vec<&'name str>> {
    let mut graph = DiGraph::<&str, ()>::new();
    let mut indices: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for &(from, to) in arrows.keys() {
        let from = *indices.entry(from).or_insert_with(|| graph.add_node(from));
        let to = *indices.entry(to).or_insert_with(|| graph.add_node(to));
        graph.add_edge(from, to, ());
    }
    let mut shortest: Option<Vec<NodeIndex>> = None;
    for component in tarjan_scc(&graph).iter().filter(|component| component.len() > 1) {
        for &start in component {
            for next in graph.neighbors(start) {
                let back = astar(&graph, next, |node| node == start, |_| 1, |_| 0);
                if let Some((_, way)) = back
                    && shortest.as_ref().is_none_or(|known| way.len() < known.len())
                {
                    shortest = Some(way);
                }
            }
        }
    }
    let mut circle: Vec<&str> = shortest?.iter().filter_map(|&node| graph.node_weight(node).copied()).collect();
    // The same circle is always named from the same part on.
    let first = circle.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(place, _)| place);
    circle.rotate_left(first);
    Some(circle)
}
