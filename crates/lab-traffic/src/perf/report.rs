//! The result of `dicelab perf` in words, as Markdown and as JSON.

use crate::output::table::{Table, seconds};
use crate::perf::options::Format;
use crate::perf::result::{Conclusion, PerfResult, SizeResult};
use crate::perf::sample::Spread;

/// A cell without a value.
const NONE: &str = "–";

/// Writes the result in the form asked for, without a newline at its end.
pub fn render(result: &PerfResult, format: Format) -> Result<String, serde_json::Error> {
    match format {
        Format::Text => Ok(prose(result, Table::to_text, "")),
        Format::Markdown => Ok(prose(result, Table::to_markdown, "## ")),
        Format::Json => serde_json::to_string_pretty(result),
    }
}

fn prose(result: &PerfResult, table: fn(&Table) -> String, heading: &str) -> String {
    let delays = if result.max_delay_seconds > 0.0 {
        format!("delays uniform from 0 to {}", seconds(result.max_delay_seconds))
    } else {
        "delays off".to_owned()
    };
    let mut blocks = vec![
        format!("{heading}Sequential against concurrent"),
        format!("dice-roller at {}, die {}, {delays}", result.dice_roller, result.die),
        table(&times(&result.sizes)),
        table(&speed_ups(&result.sizes)),
    ];
    let failures = failures(&result.sizes);
    if !failures.is_empty() {
        blocks.push(format!("Failed, and therefore not timed:\n\n{}", failures.join("\n")));
    }
    if result.stopped {
        blocks.push("Stopped early: the figures are of the iterations that were finished.".to_owned());
    }
    blocks.push(conclusion(result));
    blocks.join("\n\n")
}

fn times(sizes: &[SizeResult]) -> Table {
    let mut table = Table::new(["dice", "runs", "mean", "sd", "min", "max", "theory"]);
    for size in sizes {
        let theory = |pick: fn(&crate::perf::result::Theory) -> f64| {
            size.theory.as_ref().map_or_else(|| NONE.to_owned(), |theory| seconds(pick(theory)))
        };
        let ways = [
            ("one after another", size.sequential, theory(|theory| theory.sequential)),
            ("at once", size.concurrent, theory(|theory| theory.concurrent)),
        ];
        for (how, spread, theory) in ways {
            let [runs, mean, deviation, min, max] = cells(spread);
            table.row([format!("{} {how}", size.rolls), runs, mean, deviation, min, max, theory]);
        }
    }
    table
}

fn cells(spread: Option<Spread>) -> [String; 5] {
    spread.map_or_else(
        || std::array::from_fn(|at| if at == 0 { "0" } else { NONE }.to_owned()),
        |spread| {
            let [mean, deviation, min, max] =
                [spread.mean, spread.standard_deviation, spread.min, spread.max].map(seconds);
            [spread.count.to_string(), mean, deviation, min, max]
        },
    )
}

fn speed_ups(sizes: &[SizeResult]) -> Table {
    let mut table = Table::new(["dice", "speed-up", "95 % interval", "theory"]);
    for size in sizes {
        let factor = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"));
        let interval = size
            .speed_up_interval
            .map_or_else(|| NONE.to_owned(), |interval| format!("{:.2} to {:.2}", interval.low, interval.high));
        let theory = factor(size.theory.map(|theory| theory.speed_up));
        table.row([size.rolls.to_string(), factor(size.speed_up), interval, theory]);
    }
    table
}

fn failures(sizes: &[SizeResult]) -> Vec<String> {
    let lines = sizes.iter().flat_map(|size| {
        size.failures.iter().map(|(reason, count)| format!("- {count} × at {} dice: {reason}", size.rolls))
    });
    lines.collect()
}

fn conclusion(result: &PerfResult) -> String {
    match result.conclusion {
        Conclusion::Failures => "Some requests failed: the figures above leave them out.".to_owned(),
        Conclusion::NothingToOverlap => "Delays are off: there is nothing to overlap.".to_owned(),
        Conclusion::Overlap if result.sizes.iter().all(|size| size.overlapped.is_none()) => {
            "One die has nothing to overlap with.".to_owned()
        }
        Conclusion::Overlap => "The rolls of a batch overlapped.".to_owned(),
        Conclusion::NoOverlap => {
            let guilty = result.sizes.iter().filter(|size| size.overlapped == Some(false));
            let sizes: Vec<String> = guilty.map(|size| size.rolls.to_string()).collect();
            format!("Rolls did not overlap in batches of {}.", sizes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn result(max_delay: f64, failures: BTreeMap<String, u64>) -> PerfResult {
        let sizes = vec![SizeResult::new(10, max_delay, 1, &[4.8, 5.2], &[0.9, 0.92], failures)];
        PerfResult {
            dice_roller: "http://127.0.0.1:8107".to_owned(),
            die: "fair",
            max_delay_seconds: max_delay,
            side_by_side: 10,
            conclusion: Conclusion::of(&sizes, max_delay),
            sizes,
            stopped: false,
        }
    }

    #[test]
    fn the_text_has_the_figures_and_the_theory() {
        let text = render(&result(1.0, BTreeMap::new()), Format::Text).expect("renders");
        for part in ["5.00 s", "910 ms", "909 ms", "283 ms", "5.49", "5.50", "The rolls of a batch overlapped."] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn json_is_the_result_and_markdown_a_table() {
        let result = result(1.0, BTreeMap::new());
        let json: serde_json::Value =
            serde_json::from_str(&render(&result, Format::Json).expect("renders")).expect("JSON");
        assert_eq!(json["conclusion"], "overlap");
        assert_eq!(json["sizes"][0]["theory"]["speed_up"], 5.5);
        assert_eq!(json["sizes"][0]["sequential"]["count"], 2);
        let markdown = render(&result, Format::Markdown).expect("renders");
        assert!(markdown.contains("| dice | speed-up | 95 % interval | theory |\n| --- | ---: | ---: | ---: |"));
    }

    #[test]
    fn failures_and_missing_delays_are_said() {
        let failed = result(1.0, BTreeMap::from([("GET /roll: 500 broken".to_owned(), 3)]));
        let text = render(&failed, Format::Text).expect("renders");
        assert!(text.contains("- 3 × at 10 dice: GET /roll: 500 broken"), "{text}");
        let still = render(&result(0.0, BTreeMap::new()), Format::Text).expect("renders");
        assert!(still.contains("nothing to overlap"), "{still}");
    }
}
