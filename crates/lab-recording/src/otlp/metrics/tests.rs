//! Series of every kind become points of their kind.

use super::*;
use crate::messages::metrics::Sample;

fn series(name: &str, labels: &[(&str, &str)], samples: &[(i64, f64)]) -> Series {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let labels = labels.iter().map(|(name, value)| pair(name, value));
    Series {
        labels: std::iter::once(pair("__name__", name)).chain(labels).collect(),
        samples: samples.iter().map(|(timestamp, value)| Sample { timestamp: *timestamp, value: *value }).collect(),
        ..Series::default()
    }
}

fn family(name: &str, kind: i32) -> Family {
    Family { name: name.to_owned(), kind, help: format!("about {name}"), ..Family::default() }
}

#[test]
fn parts_of_a_histogram_become_one_point_for_each_instant() {
    let bucket = |le: &str, value| series("t_bucket", &[("job", "shop"), ("le", le)], &[(5, value)]);
    let all = vec![
        bucket("+Inf", 4.0),
        bucket("0.5", 3.0),
        bucket("0.1", 1.0),
        series("t_sum", &[("job", "shop")], &[(5, 1.5)]),
        series("t_count", &[("job", "shop")], &[(5, 4.0)]),
        series("jobs_total", &[("job", "shop"), ("a", "b")], &[(5, 2.0), (6, f64::from_bits(0x7ff0_0000_0000_0002))]),
        series("depth", &[("job", "shop")], &[(5, -1.0)]),
    ];
    let requests = requests(all, vec![family("t", 3), family("depth", 2)]);
    let resource = &requests[0].resource_metrics[0];
    assert_eq!(
        resource.resource.as_ref().expect("there").attributes,
        [text("service.name".to_owned(), "shop".to_owned())]
    );
    let metrics = &resource.scope_metrics[0].metrics;
    let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["depth", "jobs_total", "t"]);
    let Some(Data::Histogram(histogram)) = &metrics[2].data else { panic!("{:?}", metrics[2]) };
    let point = &histogram.data_points[0];
    assert_eq!((point.count, point.sum, point.time_unix_nano), (4, Some(1.5), 5_000_000));
    assert_eq!((&point.bucket_counts[..], &point.explicit_bounds[..]), (&[1, 2, 1][..], &[0.1, 0.5][..]));
    assert_eq!(metrics[2].description, "about t");
    let Some(Data::Sum(sum)) = &metrics[1].data else { panic!("{:?}", metrics[1]) };
    assert!(sum.is_monotonic && sum.data_points[1].flags == 1 && sum.data_points[1].value.is_none());
    assert!(matches!(metrics[0].data, Some(Data::Gauge(_))));
}

#[test]
fn summaries_and_families_without_a_word_are_understood_by_what_is_there() {
    let all = vec![
        series("wait", &[("quantile", "0.9")], &[(5, 0.2)]),
        series("wait_count", &[], &[(5, 3.0)]),
        series("other_bucket", &[("le", "1")], &[(5, 3.0)]),
    ];
    let requests = requests(all, vec![family("wait", 5)]);
    let metrics = &requests[0].resource_metrics[0].scope_metrics[0].metrics;
    assert_eq!(metrics.len(), 2);
    assert!(matches!(&metrics[0].data, Some(Data::Gauge(_))), "nothing says that other_bucket is of a histogram");
    let Some(Data::Summary(summary)) = &metrics[1].data else { panic!("{:?}", metrics[1]) };
    let point = &summary.data_points[0];
    assert_eq!((point.count, point.quantile_values[0].quantile, point.quantile_values[0].value), (3, 0.9, 0.2));
}
