//! The picture is well-formed whatever the result, and shows what was measured.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::perf::result::{Conclusion, SizeResult};

fn result(dice_roller: &str, max_delay: f64, sizes: &[u32]) -> PerfResult {
    let size = |rolls: &u32| {
        let n = f64::from(*rolls);
        let times = |mean: f64| vec![mean * 0.9, mean, mean * 1.1];
        let delay = if max_delay > 0.0 { max_delay } else { 0.002 };
        let (sequential, concurrent) = (times(n * delay / 2.0), times(delay * n / (n + 1.0)));
        SizeResult::new(*rolls, max_delay, 1, &sequential, &concurrent, BTreeMap::new())
    };
    let sizes: Vec<SizeResult> = sizes.iter().map(size).collect();
    let conclusion = Conclusion::of(&sizes, max_delay);
    PerfResult {
        dice_roller: dice_roller.to_owned(),
        die: "fair",
        max_delay_seconds: max_delay,
        side_by_side: 1,
        sizes,
        conclusion,
        stopped: false,
    }
}

/// Checks that tags nest, attributes are quoted, and `&` only begins an entity; returns the element names.
fn elements(svg: &str) -> Vec<String> {
    let (mut open, mut seen, mut rest) = (Vec::new(), Vec::new(), svg);
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!text.contains('>'), "stray > in {text:?}");
        for entity in text.split('&').skip(1) {
            let end = entity.find(';').expect("an entity ends");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&&entity[..end]), "{entity:?}");
        }
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default().to_owned();
        seen.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    assert!(rest.trim().is_empty());
    seen
}

#[test]
fn the_picture_has_a_point_for_each_size_in_both_panels_and_both_curves() {
    let svg = draw(&result("http://127.0.0.1:8107", 1.0, &[1, 2, 5, 10, 20]));
    let elements = elements(&svg);
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    assert_eq!(count("circle"), 2 * 5 + 2, "the points and two in the keys");
    assert_eq!(count("polyline"), 2);
    assert!(svg.contains("10 dice: 5.500"), "{svg}");
    assert!(svg.contains("10 dice: 5.50 times as fast, in theory 5.50"));
}

#[test]
fn without_delays_there_is_no_theory_to_draw() {
    let svg = draw(&result("http://127.0.0.1:8107", 0.0, &[10]));
    assert!(!elements(&svg).contains(&"polyline".to_owned()));
    assert!(svg.contains("delays off"));
}

#[test]
fn text_is_escaped() {
    let svg = draw(&result("http://a/<script>&\"'\u{1}", 1.0, &[2]));
    elements(&svg);
    assert!(svg.contains("http://a/&lt;script&gt;&amp;&quot;&#39;\u{fffd}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_result_is_drawn_well_formed(
        name in ".*",
        max_delay in 0.0..100.0_f64,
        sizes in proptest::collection::vec(1_u32..10_000, 0..6),
    ) {
        let svg = draw(&result(&name, max_delay, &sizes));
        elements(&svg);
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf\""));
    }
}
