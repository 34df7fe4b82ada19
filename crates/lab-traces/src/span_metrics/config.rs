//! What the metrics of spans are made with.

/// The buckets of the lab, in seconds, the same as in `deploy/tempo`: fine where services answer in less than a millisecond.
pub const LAB_BUCKETS: [f64; 21] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.,
    1.5, 2., 3., 5., 10.,
];
/// Series that there may be unless told otherwise.
pub const MAX_SERIES: usize = 10_000;

/// How metrics of spans are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The bounds of buckets of `traces_spanmetrics_latency`, in seconds, ascending.
    pub latency_buckets: Vec<f64>,
    /// The bounds of buckets of the service graph, in seconds, ascending.
    pub edge_buckets: Vec<f64>,
    /// Attributes that become labels of calls.
    pub dimensions: Vec<Dimension>,
    /// Series that there may be; what goes beyond is counted in one series whose labels are all `__overflow__`.
    pub max_series: usize,
    /// How long one side of a call waits for the other one, in nanoseconds.
    pub wait_ns: i64,
    /// Sides of calls that may wait.
    pub max_waiting: usize,
}

/// An attribute of the span or its resource that becomes a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// The key of the attribute.
    pub attribute: String,
    /// The name of the label.
    pub label: String,
}

impl Dimension {
    /// The label of an attribute: what a name of a label cannot have becomes `_`.
    pub fn of(attribute: &str) -> Self {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let label: String = attribute.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
        let label = if label.starts_with(|c: char| c.is_ascii_digit()) { format!("_{label}") } else { label };
        // Beside the labels that every series has anyway.
        let taken = ["service", "span_name", "span_kind", "status_code"].contains(&label.as_str());
        Self { attribute: attribute.to_owned(), label: if taken { format!("__{label}") } else { label } }
    }
}

impl Config {
    /// With these attributes as labels. Of several whose labels have one name the last one is kept, as in Tempo.
    #[must_use]
    pub fn with_dimensions<'a>(mut self, attributes: impl IntoIterator<Item = &'a str>) -> Self {
        for dimension in attributes.into_iter().map(Dimension::of) {
            self.dimensions.retain(|known| known.label != dimension.label);
            self.dimensions.push(dimension);
        }
        self
    }

    /// As the lab makes them, and Tempo with the lab's `deploy/tempo`.
    pub fn lab() -> Self {
        Self { latency_buckets: LAB_BUCKETS.to_vec(), edge_buckets: LAB_BUCKETS.to_vec(), ..Self::tempo() }
    }

    /// As Tempo makes them unless told otherwise.
    pub fn tempo() -> Self {
        let doubled = |first: f64, count: i32| (0..count).map(|power| first * 2_f64.powi(power)).collect();
        Self {
            latency_buckets: doubled(0.002, 14),
            edge_buckets: doubled(0.1, 8),
            dimensions: Vec::new(),
            max_series: MAX_SERIES,
            wait_ns: 10_000_000_000,
            max_waiting: 10_000,
        }
    }
}
