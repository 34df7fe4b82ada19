//! In which forms histograms are scraped, and how fine they may be: `scrape_native_histograms`,
//! `always_scrape_classic_histograms`, `convert_classic_histograms_to_nhcb`, `native_histogram_bucket_limit`,
//! `native_histogram_min_bucket_factor`.

use lab_histogram::{HIGHEST_SCHEMA, Histogram, LOWEST_SCHEMA, Schema};
use serde::Deserialize;

use crate::ingest::exposition::format::HistogramForms;

/// What a job says of histograms. The `global` section has the first three settings, too, for jobs that lack them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct HistogramSettings {
    /// Native histograms are asked for and taken.
    #[serde(default)]
    pub scrape_native_histograms: Option<bool>,
    /// Classic histograms are taken also where there is a native one.
    #[serde(default)]
    pub always_scrape_classic_histograms: Option<bool>,
    /// Classic histograms become native ones with custom bounds.
    #[serde(default)]
    pub convert_classic_histograms_to_nhcb: Option<bool>,
    /// Most buckets of a native histogram; 0 = no limit. With more it is made coarser, and if that does not help, the
    /// scrape fails.
    #[serde(default)]
    pub native_histogram_bucket_limit: usize,
    /// The least factor between two bounds; finer native histograms are made coarser. 0 = no limit.
    #[serde(default)]
    pub native_histogram_min_bucket_factor: f64,
}

/// Names of the labels by which the relabelling of a target can change the forms.
const LABELS: [&str; 3] =
    ["__scrape_native_histograms__", "__always_scrape_classic_histograms__", "__convert_classic_histograms_to_nhcb__"];

impl HistogramSettings {
    /// Takes the global values for what is not said.
    pub(crate) fn fill(&mut self, global: &Self) {
        self.scrape_native_histograms = self.scrape_native_histograms.or(global.scrape_native_histograms);
        self.always_scrape_classic_histograms =
            self.always_scrape_classic_histograms.or(global.always_scrape_classic_histograms);
        self.convert_classic_histograms_to_nhcb =
            self.convert_classic_histograms_to_nhcb.or(global.convert_classic_histograms_to_nhcb);
    }

    /// The forms that targets begin with, as labels before relabelling.
    pub(crate) fn labels(&self) -> [(&'static str, String); 3] {
        let forms = [
            self.scrape_native_histograms,
            self.always_scrape_classic_histograms,
            self.convert_classic_histograms_to_nhcb,
        ];
        std::array::from_fn(|at| (LABELS[at], forms[at].unwrap_or_default().to_string()))
    }

    /// The forms of a target, whose label of a name is given by `label`. What is no truth value of Go changes nothing; that
    /// is noticed by [`HistogramSettings::check_label`].
    pub(crate) fn forms<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> HistogramForms {
        let own = [
            self.scrape_native_histograms,
            self.always_scrape_classic_histograms,
            self.convert_classic_histograms_to_nhcb,
        ];
        let form = |at: usize| label(LABELS[at]).and_then(truth).unwrap_or(own[at].unwrap_or_default());
        HistogramForms { native: form(0), classic_too: form(1), custom_bounds: form(2) }
    }

    /// Refuses a target whose labels about histograms are no truth values.
    pub(crate) fn check_label<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Result<(), String> {
        for name in LABELS {
            if let Some(value) = label(name).filter(|value| !value.is_empty() && truth(value).is_none()) {
                return Err(format!("the label {name} is {value:?} after relabelling; write \"true\" or \"false\""));
            }
        }
        Ok(())
    }

    /// Makes a histogram as coarse as the job wants it; the error says that this is not possible.
    pub(crate) fn limit(&self, histogram: &mut Histogram) -> Result<(), String> {
        histogram.reduce_resolution(self.finest());
        let most = self.native_histogram_bucket_limit;
        while most > 0 && histogram.positive.len() + histogram.negative.len() > most {
            match histogram.schema {
                Schema::Exponential(schema) if schema > LOWEST_SCHEMA => histogram.reduce_resolution(schema - 1),
                _ => {
                    return Err(format!(
                        "native_histogram_bucket_limit exceeded: a histogram has {} buckets even at its lowest \
                         resolution, and at most {most} are allowed",
                        histogram.positive.len() + histogram.negative.len()
                    ));
                }
            }
        }
        Ok(())
    }

    /// The finest resolution whose bounds are no closer than `native_histogram_min_bucket_factor`.
    fn finest(&self) -> i32 {
        let factor = self.native_histogram_min_bucket_factor;
        if factor <= 1.0 {
            return HIGHEST_SCHEMA;
        }
        let schema = (-factor.log2().log2()).floor();
        schema.clamp(f64::from(LOWEST_SCHEMA), f64::from(HIGHEST_SCHEMA)) as i32
    }
}

/// The texts that Go reads as a truth value.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use lab_histogram::Buckets;

    use super::*;

    fn wide(schema: Schema) -> Histogram {
        let positive = Buckets::from_pairs((0..40).map(|index| (index, 1.0)));
        Histogram { count: 40.0, positive, ..Histogram::empty(schema) }
    }

    #[test]
    fn a_histogram_is_made_coarser_until_it_fits() {
        let limited = |limit, factor, schema| {
            let settings = HistogramSettings {
                native_histogram_bucket_limit: limit,
                native_histogram_min_bucket_factor: factor,
                ..HistogramSettings::default()
            };
            let mut histogram = wide(schema);
            settings.limit(&mut histogram).map(|()| (histogram.schema.number(), histogram.positive.len()))
        };
        assert_eq!(limited(0, 0.0, Schema::Exponential(3)), Ok((3, 40)));
        assert_eq!(limited(40, 0.0, Schema::Exponential(3)), Ok((3, 40)));
        assert_eq!(limited(10, 0.0, Schema::Exponential(3)), Ok((0, 6)));
        // 2^(2^-1) is 1.414: the factor 1.4 allows schema 1, and 1.5 does not.
        assert_eq!(limited(0, 1.4, Schema::Exponential(3)), Ok((1, 11)));
        assert_eq!(limited(0, 1.5, Schema::Exponential(3)), Ok((0, 6)));
        assert_eq!(limited(0, 1e9, Schema::Exponential(3)).map(|(schema, _)| schema), Ok(LOWEST_SCHEMA));
        let custom = Schema::Custom((0..39).map(f64::from).collect());
        let error = limited(10, 0.0, custom).expect_err("custom bounds cannot be made coarser");
        assert!(error.contains("a histogram has 40 buckets"), "{error}");
    }

    #[test]
    fn relabelling_goes_before_the_job() {
        let settings = HistogramSettings { scrape_native_histograms: Some(true), ..HistogramSettings::default() };
        let read = |value: &'static str| settings.forms(move |name| (name == LABELS[0]).then_some(value)).native;
        assert_eq!([read("false"), read("1"), read("")], [false, true, true]);
        assert!(HistogramSettings::check_label(|_| Some("maybe")).is_err());
    }
}
