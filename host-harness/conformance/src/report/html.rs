//! A report as one page to look at, without anything from elsewhere.

use std::fmt::{self, Write};

use super::data::{CaseReport, Count, Report, Step, Verdict};
use crate::group::Group;

const STYLE: &str = include_str!("../../report.css");

impl Report {
    /// The report as a page of HTML that needs nothing else, for light and dark screens and for paper.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_html(&mut html);
        html
    }

    fn write_html(&self, html: &mut String) -> fmt::Result {
        let count = self.count(None);
        let (verdict, words) = match (self.conforms, count.failed) {
            (true, _) => ("passed", "It conforms".to_owned()),
            (false, 1) => ("failed", "It does not conform: one case failed".to_owned()),
            (false, failed) => ("failed", format!("It does not conform: {failed} cases failed")),
        };
        write!(
            html,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>Conformance of {subject}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header class=\"{verdict}\">\n<p class=\"contract\">logzio:soar {version}, conformance</p>\n\
             <h1>{words}</h1>\n<p class=\"subject\">{subject}</p>\n\
             <dl>\n<div><dt>passed</dt><dd>{}</dd></div>\n<div><dt>failed</dt><dd>{}</dd></div>\n\
             <div><dt>remarks</dt><dd>{}</dd></div>\n<div><dt>skipped</dt><dd>{}</dd></div>\n</dl>\n\
             <p class=\"run\">{}, in {}, seed {}</p>\n</header>\n",
            count.passed,
            count.failed,
            count.remarks,
            count.skipped,
            escaped(&self.host),
            duration(self.milliseconds),
            self.seed,
            subject = escaped(&self.subject),
            version = env!("CARGO_PKG_VERSION"),
        )?;
        self.write_groups(html)?;
        for group in Group::ALL {
            if self.of(group).next().is_some() {
                writeln!(html, "<section id=\"{group}\">\n<h2>{group}</h2>")?;
                for case in self.of(group) {
                    write_case(html, case)?;
                }
                writeln!(html, "</section>")?;
            }
        }
        writeln!(html, "</main>\n</body>\n</html>")
    }

    fn write_groups(&self, html: &mut String) -> fmt::Result {
        writeln!(
            html,
            "<nav>\n<table>\n<thead><tr><th>group</th><th>cases</th><th></th><th>time</th></tr></thead>\n<tbody>"
        )?;
        for group in Group::ALL {
            let count = self.count(Some(group));
            if count.total() == 0 {
                continue;
            }
            let time = self.of(group).map(|case| case.milliseconds).sum();
            writeln!(
                html,
                "<tr><td><a href=\"#{group}\">{group}</a></td><td>{}</td><td>{}{}</td><td>{}</td></tr>",
                count.total(),
                bar(count),
                words(count),
                duration(time)
            )?;
        }
        writeln!(html, "</tbody>\n</table>\n</nav>")
    }
}

/// What share of a group came out how, as a bar.
fn bar(count: Count) -> String {
    let part = |class: &str, number: usize| match number {
        0 => String::new(),
        number => format!("<i class=\"{class}\" style=\"flex-grow:{number}\"></i>"),
    };
    format!(
        "<span class=\"bar\" aria-hidden=\"true\">{}{}{}{}</span>",
        part("passed", count.passed),
        part("failed", count.failed),
        part("remark", count.remarks),
        part("skipped", count.skipped)
    )
}

fn words(count: Count) -> String {
    let parts = [
        (count.failed, "failed"),
        (count.remarks, if count.remarks == 1 { "remark" } else { "remarks" }),
        (count.skipped, "skipped"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if parts.is_empty() {
        "<span class=\"words\">all passed</span>".into()
    } else {
        format!("<span class=\"words\">{}</span>", parts.join(", "))
    }
}

fn write_case(html: &mut String, case: &CaseReport) -> fmt::Result {
    let (class, mark, why) = match &case.verdict {
        Verdict::Passed => ("passed", "passed", None),
        Verdict::Failed(why) if case.required => ("failed", "failed", Some(why)),
        Verdict::Failed(why) => ("remark", "remark", Some(why)),
        Verdict::Skipped(why) => ("skipped", "skipped", Some(why)),
    };
    let open = if class == "failed" { " open" } else { "" };
    writeln!(
        html,
        "<details class=\"{class}\"{open}>\n<summary><b>{mark}</b><span class=\"title\">{}</span><code>{}</code></summary>",
        escaped(&case.title),
        escaped(&case.name)
    )?;
    if let Some(why) = why {
        writeln!(html, "<p class=\"why\">{}</p>", escaped(why))?;
    }
    writeln!(html, "<h3>What was checked</h3>\n<ul>")?;
    for promise in case.promised() {
        let required = if promise.required { "" } else { ", recommended" };
        writeln!(
            html,
            "<li><q>{}</q> <span class=\"source\">{}, {}{required}</span></li>",
            code_of(&promise.text),
            promise.wit,
            promise.id
        )?;
    }
    writeln!(html, "</ul>\n<h3>What was seen</h3>")?;
    writeln!(
        html,
        "<p>{}, {}, {}</p>",
        number(case.calls, "call"),
        number(case.requests, "request"),
        duration(case.milliseconds)
    )?;
    if case.steps.len() < case.calls && !case.steps.is_empty() {
        writeln!(html, "<p>The first and the last {} calls:</p>", case.steps.len())?;
    }
    for step in &case.steps {
        write_step(html, step)?;
    }
    writeln!(html, "</details>")
}

fn write_step(html: &mut String, step: &Step) -> fmt::Result {
    writeln!(
        html,
        "<details class=\"step\"><summary>Call {}: <code>{}</code>, {}</summary>\n<h4>Arguments</h4>\n<pre>{}</pre>",
        step.number,
        escaped(&step.function),
        number(step.requests, "request"),
        escaped(&step.arguments)
    )?;
    for sent in &step.sent {
        writeln!(html, "<h4>{} {}</h4>\n<pre>", escaped(&sent.method), escaped(&sent.path))?;
        for (name, value) in &sent.headers {
            writeln!(html, "{}: {}", escaped(name), escaped(value))?;
        }
        if !sent.body.is_empty() {
            writeln!(html, "\n{}", escaped(&sent.body))?;
        }
        writeln!(html, "</pre>")?;
    }
    if step.sent.len() < step.requests {
        writeln!(html, "<p>and {} more</p>", number(step.requests - step.sent.len(), "request"))?;
    }
    writeln!(html, "<h4>Answer</h4>\n<pre>{}</pre>", escaped(&step.answer))?;
    if !step.output.is_empty() {
        writeln!(html, "<h4>What it wrote</h4>\n<pre>{}</pre>", escaped(&step.output))?;
    }
    writeln!(html, "</details>")
}

fn number(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        _ => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
    }
}

/// A sentence of the WIT, with what stands in back quotes as code.
fn code_of(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = escaped(part);
        html.push_str(&if place % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    html
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What a terminal or a page could take for a command.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
