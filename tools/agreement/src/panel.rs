//! What a panel shows, against the manifest.
//!
//! A panel is any place where a person or a program says what an operation is to do: a dialog, a command line, a list of
//! arguments. It must have every argument of the manifest, under the name that is derived from the contract's, unless it
//! says here that it has another name or leaves it out, and why.

use std::collections::{BTreeMap, BTreeSet};

use logzio_soar::contract::Integration;

/// How a panel writes the names of the contract.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    /// `look-back-minutes`, as the contract does.
    Kebab,
    /// `look_back_minutes`.
    Snake,
    /// `lookBackMinutes`.
    Camel,
}

/// What is known of a panel.
#[derive(Debug)]
pub struct Panel {
    /// The file to change.
    pub file: &'static str,
    /// How it writes names.
    pub style: Style,
    /// Where in it are the arguments of each operation, and those of the connection.
    pub places: &'static [(&'static str, &'static [&'static str])],
    /// Operation, argument, and the name that it has here.
    pub renamed: &'static [(&'static str, &'static str, &'static str)],
    /// Operation, argument, and why it is not here.
    pub left_out: &'static [(&'static str, &'static str, &'static str)],
    /// What only this panel has.
    pub own: &'static [&'static str],
}

/// The operation that stands for the connection.
pub const CONNECTION: &str = "connection";

/// The names that a panel has in each of its places.
pub type Shown = BTreeMap<String, BTreeSet<String>>;

impl Style {
    /// A name of the contract, as this style writes it.
    #[must_use]
    pub fn write(self, name: &str) -> String {
        match self {
            Self::Kebab => name.to_owned(),
            Self::Snake => name.replace('-', "_"),
            Self::Camel => {
                let mut words = name.split('-').map(str::to_owned);
                let first = words.next().unwrap_or_default();
                let rest = words.map(|word| {
                    let mut letters = word.chars();
                    letters
                        .next()
                        .map(|letter| letter.to_ascii_uppercase())
                        .into_iter()
                        .chain(letters)
                        .collect::<String>()
                });
                first + &rest.collect::<String>()
            }
        }
    }
}

impl Panel {
    /// Where the panel lags behind the manifest, or is ahead of it.
    #[must_use]
    pub fn lags(&self, manifest: &Integration, shown: &Shown) -> Vec<String> {
        let Self { file, .. } = self;
        let mut faults = Vec::new();
        let operations = operations(manifest);
        let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (operation, arguments) in &operations {
            let Some((_, places)) = self.places.iter().find(|(name, _)| name == operation) else {
                faults.push(format!("{file} has no place for {operation}, which the manifest has: add one"));
                continue;
            };
            for place in *places {
                let Some(names) = shown.get(*place) else {
                    faults.push(format!("{file} has no {place}, which is to have the arguments of {operation}"));
                    continue;
                };
                for argument in arguments {
                    let is_this = |of: &str, name: &str| of == *operation && name == *argument;
                    let left_out = self.left_out.iter().find(|(of, name, _)| is_this(of, name));
                    let renamed = self.renamed.iter().find(|(of, name, _)| is_this(of, name));
                    let name = renamed.map_or_else(|| self.style.write(argument), |(_, _, name)| (*name).to_owned());
                    if left_out.is_none() && !names.contains(&name) {
                        faults.push(format!(
                            "{file}: {place} lacks {name}, which is {argument} of {operation}: add it, or say in \
                             tools/agreement that it has another name, or why it is left out"
                        ));
                    }
                    if left_out.is_none() {
                        expected.entry(place).or_default().insert(name);
                    }
                }
            }
        }
        for (place, names) in shown {
            let known = expected.get(place.as_str());
            let is_known = |name: &&String| known.is_some_and(|known| known.contains(*name));
            for name in names.iter().filter(|name| !is_known(name) && !self.own.contains(&name.as_str())) {
                faults.push(format!(
                    "{file}: {place} has {name}, which is no argument of the manifest: remove it, or name it in \
                     tools/agreement as the panel's own"
                ));
            }
        }
        let exists = |of: &str, argument: &str| {
            operations.iter().any(|(operation, arguments)| *operation == of && arguments.contains(&argument))
        };
        let listed = self.renamed.iter().chain(self.left_out).map(|(of, argument, _)| (*of, *argument));
        for (of, argument) in listed.filter(|(of, argument)| !exists(of, argument)) {
            faults
                .push(format!("tools/agreement knows {argument} of {of} in {file}; the manifest has no such argument"));
        }
        for name in self.own.iter().filter(|own| !shown.values().any(|names| names.contains(**own))) {
            faults.push(format!("tools/agreement knows {name} as {file}'s own, which has it no more"));
        }
        faults
    }
}

/// The operations of the manifest with their arguments; first the connection, whose operation has this name.
fn operations(manifest: &Integration) -> Vec<(&str, Vec<&str>)> {
    let of_commands: BTreeSet<&str> = manifest
        .commands
        .iter()
        .flat_map(|command| &command.arguments)
        .map(|argument| argument.name.as_str())
        .collect();
    let settings = manifest.parameters.iter().map(|parameter| parameter.name.as_str());
    let connection = settings.filter(|name| !of_commands.contains(name)).collect();
    let commands = manifest.commands.iter().map(|command| {
        (command.name.as_str(), command.arguments.iter().map(|argument| argument.name.as_str()).collect())
    });
    std::iter::once((CONNECTION, connection)).chain(commands).collect()
}
