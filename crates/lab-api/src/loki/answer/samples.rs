//! Samples: at one instant, over steps, and volumes of bytes.

use lab_logs::logql::eval::value::Value as Samples;
use lab_logs::{Grid, Series};
use lab_model::{Labels, MemoryError, QueryMemory, format_float};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::loki::answer::envelope::{Beside, body, labels_length};
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::packed;

/// Bytes of a sample with a long value.
const SAMPLE: usize = r#"[1795361006.309,"0.1234567890123456"],"#.len();

/// Samples at one instant (ns).
pub(crate) fn instant(
    form: Form,
    samples: &Samples,
    time: i64,
    beside: &Beside<'_>,
    memory: &QueryMemory,
) -> Result<Written, MemoryError> {
    let series = match samples {
        Samples::Scalar(number) => {
            // Loki writes the time of a bare number in milliseconds, other than everywhere else.
            let json = || body("scalar", &[], &(time / 1_000_000, format_float(*number)), beside);
            return Ok(form.write(json, || packed::number(*number, time, beside)));
        }
        Samples::Vector(series) => series,
    };
    let written = series.iter().map(|one| labels_length(&one.labels) + SAMPLE).sum();
    form.take(memory, written, || series.iter().map(|one| packed::series_bytes(&one.labels, 1)).sum())?;
    let samples: Vec<(&Labels, f64)> = series.iter().filter_map(|one| Some((&one.labels, one.at(0)?))).collect();
    let json = || {
        let samples = samples.iter().map(|(metric, value)| Sample { metric, value: point(time, *value) });
        body("vector", &[], &samples.collect::<Vec<_>>(), beside)
    };
    let points = || samples.iter().map(|(labels, value)| (*labels, vec![(time, *value)]));
    Ok(form.write(json, || packed::series("vector", points(), beside)))
}

/// Samples over steps; a bare number is a series without labels.
pub(crate) fn matrix(
    form: Form,
    samples: &Samples,
    steps: Grid,
    beside: &Beside<'_>,
    memory: &QueryMemory,
) -> Result<Written, MemoryError> {
    let constant;
    let series = match samples {
        Samples::Scalar(number) => {
            constant = [Series::new(Labels::empty(), vec![*number; steps.count])];
            &constant[..]
        }
        Samples::Vector(series) => series,
    };
    let written = series.iter().map(|one| labels_length(&one.labels) + SAMPLE * one.samples().count()).sum();
    let message = |one: &Series| packed::series_bytes(&one.labels, one.samples().count());
    form.take(memory, written, || series.iter().map(message).sum())?;
    let json = || {
        let rows = series.iter().map(|one| Row { metric: &one.labels, values: Points { series: one, steps } });
        body("matrix", &[], &rows.collect::<Vec<_>>(), beside)
    };
    let points = |one: &Series| one.samples().map(|(step, value)| (steps.time(step), value)).collect();
    Ok(form.write(json, || packed::series("matrix", series.iter().map(|one| (&one.labels, points(one))), beside)))
}

/// Bytes by labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VolumeRows<'a> {
    pub(crate) volumes: &'a [(Labels, Vec<f64>)],
    /// The times (ns) of the bytes.
    pub(crate) times: &'a [i64],
    /// One volume for the whole range, or one for each time.
    pub(crate) is_instant: bool,
}

impl VolumeRows<'_> {
    /// Writes them. Loki answers an empty range as an instant.
    pub(crate) fn write(&self, form: Form, beside: &Beside<'_>, memory: &QueryMemory) -> Result<Written, MemoryError> {
        let written = self.volumes.iter().map(|(labels, bytes)| labels_length(labels) + SAMPLE * bytes.len()).sum();
        let message = |(labels, bytes): &(Labels, Vec<f64>)| packed::series_bytes(labels, bytes.len());
        form.take(memory, written, || self.volumes.iter().map(message).sum())?;
        let kind = if self.is_instant || self.volumes.is_empty() { "vector" } else { "matrix" };
        let points = |bytes: &[f64]| -> Vec<(i64, f64)> {
            self.times.iter().zip(bytes).map(|(time, bytes)| (*time, bytes.round())).collect()
        };
        let rows = self.volumes.iter().map(|(labels, bytes)| (labels, points(bytes)));
        Ok(form.write(|| body(kind, &[], &self.rows(points), beside), || packed::series(kind, rows, beside)))
    }

    fn rows(&self, points: impl Fn(&[f64]) -> Vec<(i64, f64)>) -> Vec<Value> {
        let key = if self.is_instant { "value" } else { "values" };
        let row = |(labels, bytes): &(Labels, Vec<f64>)| {
            let written: Vec<_> = points(bytes).into_iter().map(|(time, bytes)| point(time, bytes)).collect();
            let mut points = json!(written);
            if self.is_instant {
                points = points[0].take();
            }
            json!({"metric": labels, key: points})
        };
        self.volumes.iter().map(row).collect()
    }
}

/// A series at one instant.
#[derive(Serialize)]
struct Sample<'a> {
    metric: &'a Labels,
    value: (Value, String),
}

/// A series over steps.
#[derive(Serialize)]
struct Row<'a> {
    metric: &'a Labels,
    values: Points<'a>,
}

struct Points<'a> {
    series: &'a Series,
    steps: Grid,
}

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.series.samples().map(|(step, value)| point(self.steps.time(step), value)))
    }
}

fn point(time: i64, value: f64) -> (Value, String) {
    (seconds(time), format_float(value))
}

/// Seconds with up to three decimals; whole seconds without any.
fn seconds(nanoseconds: i64) -> Value {
    let milliseconds = nanoseconds.div_euclid(1_000_000);
    if milliseconds % 1000 == 0 { json!(milliseconds / 1000) } else { json!(milliseconds as f64 / 1000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_at_most_three_decimals() {
        assert_eq!(seconds(1_795_361_006_309_755_917).to_string(), "1795361006.309");
        assert_eq!(seconds(1_795_361_000_000_000_000).to_string(), "1795361000");
    }
}
