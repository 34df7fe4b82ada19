// Two loggers of Node that push to Loki themselves, each a line of every level it has: `node senders.mjs ADDRESS`.

import { once } from "node:events";
import pino from "pino";
import winston from "winston";
import LokiTransport from "winston-loki";

const host = process.argv[2];

const transport = pino.transport({
  target: "pino-loki",
  options: { host, labels: { app: "pino" }, propsToLabels: ["shelf"], batching: { interval: 1 }, silenceErrors: false },
});
await once(transport, "ready");
const quick = pino({ level: "trace" }, transport);
for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
  quick[level]({ shelf: "upper", apples: 3 }, `pino says ${level}: äpfel "grün"`);
}
// The worker of the transport alone does not keep the program running.
const running = setInterval(() => {}, 1000);
const closed = once(transport, "close");
transport.end();
await closed;
clearInterval(running);

for (const json of [true, false]) {
  const app = json ? "winston-json" : "winston-protobuf";
  const loki = new LokiTransport({
    host,
    json,
    labels: { app },
    batching: false,
    useWinstonMetaAsLabels: false,
    format: winston.format.json(),
    onConnectionError: (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  });
  const logger = winston.createLogger({ level: "silly", transports: [loki] });
  for (const level of ["silly", "debug", "verbose", "http", "info", "warn", "error"]) {
    logger.log({ level, message: `winston says ${level}: äpfel "grün"`, apples: 3, labels: { shelf: "lower" } });
  }
  await loki.flush();
  logger.close();
}
