//! A report as JUnit XML, as CI systems read it: a suite for each group, a test case for each case.

use std::fmt::{self, Write};

use super::data::{CaseReport, Report, Verdict};
use crate::group::Group;

impl Report {
    /// The report as JUnit XML. A case that failed and is not required counts as skipped, with what it says.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let mut xml = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_junit(&mut xml);
        xml
    }

    fn write_junit(&self, xml: &mut String) -> fmt::Result {
        let all = self.count(None);
        writeln!(xml, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(
            xml,
            r#"<testsuites name="logzio:soar conformance" tests="{}" failures="{}" skipped="{}" time="{}">"#,
            all.total(),
            all.failed,
            all.skipped + all.remarks,
            seconds(self.milliseconds)
        )?;
        for group in Group::ALL {
            let count = self.count(Some(group));
            if count.total() == 0 {
                continue;
            }
            writeln!(
                xml,
                r#"  <testsuite name="{group}" tests="{}" failures="{}" skipped="{}" time="{}">"#,
                count.total(),
                count.failed,
                count.skipped + count.remarks,
                seconds(self.of(group).map(|case| case.milliseconds).sum())
            )?;
            for case in self.of(group) {
                write_case(xml, case)?;
            }
            writeln!(xml, "  </testsuite>")?;
        }
        writeln!(xml, "</testsuites>")
    }
}

fn write_case(xml: &mut String, case: &CaseReport) -> fmt::Result {
    write!(
        xml,
        r#"    <testcase classname="{}" name="{}" time="{}""#,
        case.group,
        escaped(&case.name),
        seconds(case.milliseconds)
    )?;
    match &case.verdict {
        Verdict::Passed => writeln!(xml, "/>"),
        Verdict::Failed(why) if case.required => {
            writeln!(xml, ">")?;
            writeln!(xml, r#"      <failure message="{}">{}</failure>"#, escaped(why), escaped(&told(case)))?;
            writeln!(xml, "    </testcase>")
        }
        Verdict::Failed(why) | Verdict::Skipped(why) => {
            writeln!(xml, r#"><skipped message="{}"/></testcase>"#, escaped(why))
        }
    }
}

/// What a person needs to go on from a failure.
fn told(case: &CaseReport) -> String {
    let mut text = format!("{}\n", case.title);
    for promise in case.promised() {
        text.push_str(&format!("promise {} ({}): {}\n", promise.id, promise.wit, promise.text));
    }
    for step in &case.steps {
        text.push_str(&format!(
            "\ncall {}: {}\n{}\nanswer\n{}\n",
            step.number, step.function, step.arguments, step.answer
        ));
    }
    text
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000)
}

/// A text as XML holds it, in attributes too; characters that XML cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            c if c < ' ' || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_the_xml() {
        let hostile = "a<b>&\"c\"]]>\u{0}\u{1b}[31m\r\n\u{ffff}\u{85}";
        let text = escaped(hostile);
        assert_eq!(text, "a&lt;b&gt;&amp;&quot;c&quot;]]&gt;\u{fffd}\u{fffd}[31m\u{fffd}&#10;\u{fffd}\u{fffd}");
    }
}
