// A page, whose address says where to send and which trace goes on; its title says when all was taken.
import { WebTracerProvider } from "@opentelemetry/sdk-trace-web";
import { send } from "./signals.mjs";

const asked = Object.fromEntries(new URLSearchParams(location.search));
send(WebTracerProvider, { service: "page", ...asked }).then(
  () => (document.title = "sent"),
  (error) => (document.title = `failed: ${error}`),
);
