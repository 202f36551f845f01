//! The rules of [`manifest`](crate::manifest), broken.

use crate::contract::{Integration, ParameterKind};
use crate::mutations::mutation::Mutation;

/// See [`describe`](crate::manifest::describe).
#[must_use]
pub fn describe() -> Integration {
    let mut integration = crate::manifest::describe();
    let tokens = integration.parameters.iter_mut().filter(|parameter| parameter.name.ends_with("-token"));
    match Mutation::current() {
        Some(Mutation::VersionNotSemantic) => integration.version = "latest".into(),
        Some(Mutation::CommandUnnamed) => integration.commands.retain(|command| command.interface != "hunting"),
        Some(Mutation::SecretShown) => tokens.for_each(|token| token.kind = ParameterKind::Text),
        Some(Mutation::RequiredParameterInvented) => tokens.for_each(|token| token.required = true),
        _ => {}
    }
    integration
}
