//! `demo`: what it shows is true.

use crate::support::{Site, code};

#[test]
fn the_demo_agrees_with_the_ground_truth() {
    let site = Site::with_events(0);
    let output = site.run("demo");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(code(&output), 0, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.contains("0 missing, 0 twice, 0 too many"), "{text}");
}
