// What load generators with an output of their own send: counters, gauges and native histograms of client_golang by remote write 1.0,
// and metrics of OpenTelemetry's SDK by OTLP over gRPC and HTTP. A program of ours, which plays the part of those that are not built
// here.
//
//	go-sender remote-write URL ROUNDS
//	go-sender otlp grpc|http HOST:PORT ROUNDS
//
// Each round is one request. At the end it writes what it has counted as one line of JSON; a request that is not answered with
// success ends it with 1.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/prompb"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// How many requests of the load each round stands for.
const perRound = 20

// counted is what was sent.
type counted struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
	Rounds   int     `json:"rounds"`
}

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("remote-write URL ROUNDS, or otlp grpc|http HOST:PORT ROUNDS"))
	}
	rounds, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if err != nil {
		fail(err)
	}
	var sent counted
	if os.Args[1] == "otlp" {
		sent, err = otlp(os.Args[2], os.Args[3], rounds)
	} else {
		sent, err = remoteWrite(os.Args[2], rounds)
	}
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(sent); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// duration is how long the request with this number took, in seconds: from a hundred microseconds to a second, and once nothing.
func duration(number int) float64 {
	if number%perRound == 0 {
		return 0
	}
	return float64((number*37)%10000+1) / 10000
}

// remoteWrite observes in client_golang and writes each round what its metrics are then.
func remoteWrite(url string, rounds int) (counted, error) {
	durations := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "load_request_duration_seconds", Help: "How long requests took.", NativeHistogramBucketFactor: 1.1,
	})
	requests := prometheus.NewCounter(prometheus.CounterOpts{Name: "load_requests_total", Help: "Requests."})
	users := prometheus.NewGauge(prometheus.GaugeOpts{Name: "load_users", Help: "Users at the same time."})
	var sent counted
	for round := 0; round < rounds; round++ {
		for n := 0; n < perRound; n++ {
			took := duration(sent.Requests)
			durations.Observe(took)
			requests.Inc()
			sent.Requests++
			sent.Seconds += took
		}
		users.Set(float64(round + 1))
		sent.Rounds++
		now := time.Now().UnixMilli()
		var series []prompb.TimeSeries
		for _, one := range []struct {
			name   string
			metric prometheus.Metric
		}{{"load_request_duration_seconds", durations}, {"load_requests_total", requests}, {"load_users", users}} {
			var message dto.Metric
			if err := one.metric.Write(&message); err != nil {
				return sent, err
			}
			series = append(series, ofMetric(one.name, &message, now))
		}
		if err := post(url, &prompb.WriteRequest{Timeseries: series}); err != nil {
			return sent, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return sent, nil
}

// ofMetric is a series with the present value of a metric.
func ofMetric(name string, message *dto.Metric, now int64) prompb.TimeSeries {
	labels := []prompb.Label{{Name: "__name__", Value: name}, {Name: "scenario", Value: "default"}, {Name: "url", Value: "http://test/ä"}}
	series := prompb.TimeSeries{Labels: labels}
	switch {
	case message.Counter != nil:
		series.Samples = []prompb.Sample{{Value: message.Counter.GetValue(), Timestamp: now}}
	case message.Gauge != nil:
		series.Samples = []prompb.Sample{{Value: message.Gauge.GetValue(), Timestamp: now}}
	case message.Histogram != nil:
		h := message.Histogram
		spans := func(from []*dto.BucketSpan) []prompb.BucketSpan {
			var to []prompb.BucketSpan
			for _, span := range from {
				to = append(to, prompb.BucketSpan{Offset: span.GetOffset(), Length: span.GetLength()})
			}
			return to
		}
		series.Histograms = []prompb.Histogram{{
			Count:          &prompb.Histogram_CountInt{CountInt: h.GetSampleCount()},
			Sum:            h.GetSampleSum(),
			Schema:         h.GetSchema(),
			ZeroThreshold:  h.GetZeroThreshold(),
			ZeroCount:      &prompb.Histogram_ZeroCountInt{ZeroCountInt: h.GetZeroCount()},
			NegativeSpans:  spans(h.GetNegativeSpan()),
			NegativeDeltas: h.GetNegativeDelta(),
			PositiveSpans:  spans(h.GetPositiveSpan()),
			PositiveDeltas: h.GetPositiveDelta(),
			Timestamp:      now,
		}}
	}
	return series
}

// post sends a request, packed and labelled as remote write 1.0 asks.
func post(url string, request *prompb.WriteRequest) error {
	plain, err := request.Marshal()
	if err != nil {
		return err
	}
	message, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(snappy.Encode(nil, plain)))
	if err != nil {
		return err
	}
	message.Header.Set("Content-Encoding", "snappy")
	message.Header.Set("Content-Type", "application/x-protobuf")
	message.Header.Set("User-Agent", "go-sender")
	message.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	answer, err := http.DefaultClient.Do(message)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		said, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", answer.Status, said)
	}
	return nil
}

// otlp counts in OpenTelemetry's SDK and sends each round what its instruments are then.
func otlp(protocol, endpoint string, rounds int) (counted, error) {
	ctx := context.Background()
	var exporter sdk.Exporter
	var err error
	if protocol == "grpc" {
		exporter, err = otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpoint(endpoint), otlpmetricgrpc.WithInsecure())
	} else {
		exporter, err = otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(endpoint), otlpmetrichttp.WithInsecure())
	}
	if err != nil {
		return counted{}, err
	}
	reader := sdk.NewPeriodicReader(exporter, sdk.WithInterval(time.Hour))
	exponential := sdk.NewView(sdk.Instrument{Name: "load.request.duration"},
		sdk.Stream{Aggregation: sdk.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}})
	about := resource.NewSchemaless(attribute.String("service.name", "load-"+protocol))
	provider := sdk.NewMeterProvider(sdk.WithReader(reader), sdk.WithView(exponential), sdk.WithResource(about))
	meter := provider.Meter("load")
	durations, err := meter.Float64Histogram("load.request.duration", metric.WithUnit("s"))
	if err != nil {
		return counted{}, err
	}
	waits, err := meter.Float64Histogram("load.wait", metric.WithUnit("ms"))
	if err != nil {
		return counted{}, err
	}
	requests, err := meter.Int64Counter("load.requests")
	if err != nil {
		return counted{}, err
	}
	users, err := meter.Int64Gauge("load.users")
	if err != nil {
		return counted{}, err
	}
	var sent counted
	scenario := metric.WithAttributes(attribute.String("scenario", "default"))
	for round := 0; round < rounds; round++ {
		for n := 0; n < perRound; n++ {
			took := duration(sent.Requests)
			durations.Record(ctx, took, scenario)
			waits.Record(ctx, took*1000, scenario)
			requests.Add(ctx, 1, scenario)
			sent.Requests++
			sent.Seconds += took
		}
		users.Record(ctx, int64(round+1))
		sent.Rounds++
		if err := provider.ForceFlush(ctx); err != nil {
			return sent, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return sent, provider.Shutdown(ctx)
}
