// A page with Grafana's Faro web SDK; its address says where to send. What happens in it goes to `/collect`.
import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
import { TracingInstrumentation } from "@grafana/faro-web-tracing";

const { endpoint } = Object.fromEntries(new URLSearchParams(location.search));
const { api } = initializeFaro({
  url: `${endpoint}/collect`,
  app: { name: "window", version: "1.2.3", environment: "test" },
  sessionTracking: { samplingRate: 1 },
  instrumentations: [...getWebInstrumentations(), new TracingInstrumentation()],
});
api.setUser({ id: "7", username: "ann" });
const { trace, context } = api.getOTEL();
const span = trace.getTracer("window").startSpan("look");
context.with(trace.setSpan(context.active(), span), () => {
  api.pushLog(["the window is open"], { context: { kind: "apple" } });
  api.pushEvent("look", { kind: "apple" }, "shop");
  api.pushMeasurement({ type: "apples", values: { weight: 0.1 + 0.2, number: 2 } });
  api.pushError(new TypeError("no apples"));
});
span.end();
console.warn("the shop closes soon");
