//! Checks the architecture of a workspace: no module or crate uses one of a layer above it, and none form a circle.
//!
//! What is checked, for every crate of the workspace:
//! - In each folder, its files and subfolders form no circle. The code of a `mod.rs` counts as a file of its folder.
//! - The modules at the top of a library or a command keep to the layers that its first file declares, in a `text` block
//!   after a sentence that names them as layers. A `mod.rs` may declare the layers of its folder in the same way.
//! - The crates keep to the layers that the document on the architecture declares. Dependencies for tests do not count.
//!
//! A block looks like the one below. Each line names modules, separated by commas, then what they are, after two spaces.
//! A line that begins with a space continues the one before, and so does the line after a comma that follows the last name.
//! A module may use those of the layers below its own, and none of its own. The file that declares the layers stands above
//! them all, unless it is named.
//!
//! The modules of this crate stand in these layers:
//!
//! ```text
//! workspace           the crates, as Cargo knows them
//! package             a crate: its modules against each other
//! graph, resolve      circles and arrows upwards; the module that a path leads to
//! references          the paths that a module writes
//! declared, tree      the layers that a file declares; the modules of a crate and their files
//! fault, files, text  leaves
//! ```
//!
//! What one module uses of another is found in the source text: in `use` items, and in the paths of expressions, types,
//! patterns, attributes and macros, `$crate` included. A path is followed through re-exports and renames to the module
//! that has the item, so that a re-export cannot hide a circle. A `mod.rs` that re-exports what its own children have does
//! not use them by that. What stands under `#[cfg(test)]` and in documentation does not count. Not seen are methods that
//! are called on a value whose type is not named, traits that come with a glob import, and code that a build script or a
//! macro of another crate makes.

pub mod declared;
pub mod fault;
pub mod files;
pub mod graph;
pub mod package;
pub mod references;
pub mod resolve;
pub mod text;
pub mod tree;
pub mod workspace;
