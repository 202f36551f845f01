//! `describe`: the settings and the commands of a component.

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use logzio_soar_host::CONTRACT_SCHEMA;
use logzio_soar_host::contract::{Cases, Integration, JsonForm, Parameter, ParameterKind};

use crate::component::{self, ComponentArguments};
use crate::failure::Failure;
use crate::output::{Palette, StandardOutput, printable, stdout_width, wrapped};

#[derive(Args)]
pub(crate) struct DescribeArguments {
    #[command(flatten)]
    pub(crate) component: ComponentArguments,
    /// The output format
    #[arg(long, short, value_enum, default_value_t = DescribeFormat::Table)]
    pub(crate) output: DescribeFormat,
    /// Write the JSON Schema of the contract instead: every type, and the arguments and the answer of every function
    #[arg(long, conflicts_with_all = ["component", "output"])]
    pub(crate) schema: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescribeFormat {
    Table,
    Json,
}

/// Runs the command.
pub(super) async fn run(arguments: DescribeArguments) -> Result<(), Failure> {
    if arguments.schema {
        let mut out = StandardOutput::open()?;
        out.write_all(CONTRACT_SCHEMA.as_bytes())?;
        return Ok(out.flush()?);
    }
    let runner = component::build(component::builder(&arguments.component)).await?;
    let integration = runner.describe().await?;
    let mut out = BufWriter::new(StandardOutput::open()?);
    match arguments.output {
        DescribeFormat::Table => {
            write_for_people(&mut out, &integration, Palette::for_stdout(), stdout_width())?;
        }
        DescribeFormat::Json => {
            writeln!(out, "{}", integration.to_json())?;
        }
    }
    out.flush()?;
    Ok(())
}

fn write_for_people(
    out: &mut dyn Write,
    integration: &Integration,
    palette: Palette,
    width: Option<usize>,
) -> io::Result<()> {
    let width = width.unwrap_or(100);
    let Palette { title, faint, .. } = palette;
    let (name, version) = (printable(&integration.name), printable(&integration.version));
    writeln!(out, "{title}{name}{title:#} {version}")?;
    for line in wrapped(&integration.description, width) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\n{title}Parameters{title:#}")?;
    for parameter in &integration.parameters {
        write_parameter(out, parameter, palette, width, 2)?;
    }
    writeln!(out, "\n{title}Commands{title:#}")?;
    for command in &integration.commands {
        let (interface, name) = (printable(&command.interface), printable(&command.name));
        writeln!(out, "  {title}{interface}.{name}{title:#}")?;
        for line in wrapped(&command.help, width.saturating_sub(4)) {
            writeln!(out, "    {faint}{line}{faint:#}")?;
        }
        for argument in &command.arguments {
            write_parameter(out, argument, palette, width, 4)?;
        }
    }
    Ok(())
}

fn write_parameter(
    out: &mut dyn Write,
    parameter: &Parameter,
    palette: Palette,
    width: usize,
    indent: usize,
) -> io::Result<()> {
    let mut facts = vec![parameter.kind.name().to_owned()];
    if parameter.required {
        facts.push("required".to_owned());
    }
    if let Some(default) = &parameter.default {
        facts.push(format!("default {}", printable(default)));
    }
    if !parameter.options.is_empty() {
        let choice = match parameter.kind {
            ParameterKind::MultipleChoice => "any of",
            _ => "one of",
        };
        facts.push(format!("{choice} {}", printable(&parameter.options.join(", "))));
    }
    let name = printable(&parameter.name);
    let faint = palette.faint;
    let notice = palette.notice;
    writeln!(out, "{:indent$}{name}  {notice}{}{notice:#}", "", facts.join(", "))?;
    let text = format!("{}. {}", parameter.label.trim_end_matches('.'), parameter.help);
    for line in wrapped(&text, width.saturating_sub(indent + 2)) {
        writeln!(out, "{:indent$}  {faint}{line}{faint:#}", "")?;
    }
    Ok(())
}
