"""Requests of OTLP as Python's protobuf writes them: each in binary form and in several forms of JSON.

Run with the Python of the foreign application, after `make foreign`. Together with `javascript.mjs` it makes the test data:

    F=crates/dicelab/tests/foreign; E=crates/lab-api/src/otlp/json/encoders
    cp $E/javascript.mjs $F/node_modules/
    ($F/.venv/bin/python $E/python.py; node $F/node_modules/javascript.mjs) | gzip -9n >$E/requests.jsonl.gz

Every field of every message is filled at random from a fixed seed, ids excepted, which OTLP's JSON writes in hex.
"""

import base64
import json
import random
import sys

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Field
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = {"traces": ExportTraceServiceRequest, "metrics": ExportMetricsServiceRequest, "logs": ExportLogsServiceRequest}
# Lengths of ids in bytes, by the name of the field.
IDS = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
# Numbers at whose edges readers go wrong.
DOUBLES = [0.0, -0.0, 0.1, 1 / 3, 1e21, -1e-7, 5e-324, 1.7976931348623157e308, float("nan"), float("inf"), float("-inf")]
BOUNDS = {
    Field.TYPE_INT32: (-(2**31), 2**31 - 1),
    Field.TYPE_SINT32: (-(2**31), 2**31 - 1),
    Field.TYPE_INT64: (-(2**63), 2**63 - 1),
    Field.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_FIXED32: (0, 2**32 - 1),
    Field.TYPE_UINT64: (0, 2**64 - 1),
    Field.TYPE_FIXED64: (0, 2**64 - 1),
}
chance = random.Random(20_261_128)


def text():
    return "".join(chance.choice('ab.é漢😀"\\/\n\t\u2028\x01 <&>') for _ in range(chance.randrange(8)))


def scalar(field):
    if field.type == Field.TYPE_STRING:
        return text()
    if field.type == Field.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type == Field.TYPE_BYTES:
        return chance.randbytes(IDS.get(field.name, chance.randrange(6)))
    if field.type == Field.TYPE_DOUBLE:
        return chance.choice([*DOUBLES, chance.uniform(-1e6, 1e6), chance.random()])
    if field.type == Field.TYPE_ENUM:
        return chance.choice(field.enum_type.values).number
    least, most = BOUNDS[field.type]
    return chance.choice([least, most, 0, 1, chance.randint(least, most), chance.randint(max(least, -1000), 1000)])


def fill(message, depth):
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if chance.random() < 0.3 or (oneof and message.WhichOneof(oneof.name)):
            continue
        if field.type == Field.TYPE_MESSAGE:
            if depth == 0:
                continue
            if field.is_repeated:
                for _ in range(chance.randrange(3)):
                    fill(getattr(message, field.name).add(), depth - 1)
            else:
                getattr(message, field.name).SetInParent()
                fill(getattr(message, field.name), depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(scalar(field) for _ in range(chance.randrange(4)))
        else:
            setattr(message, field.name, scalar(field))


def hex_ids(value):
    """The JSON with ids in hex of either case."""
    names = {**IDS, "traceId": 16, "spanId": 8, "parentSpanId": 8}
    if isinstance(value, list):
        return [hex_ids(one) for one in value]
    if not isinstance(value, dict):
        return value
    spell = chance.choice([str.lower, str.upper])
    is_id = lambda name, one: name in names and isinstance(one, str)
    return {name: spell(base64.b64decode(one).hex()) if is_id(name, one) else hex_ids(one) for name, one in value.items()}


FORMS = [
    {},
    {"preserving_proto_field_name": True},
    {"use_integers_for_enums": True, "always_print_fields_with_no_presence": True},
]
for signal, request in REQUESTS.items():
    for _ in range(100):
        message = request()
        fill(message, 8)
        forms = [hex_ids(json_format.MessageToDict(message, **form)) for form in FORMS]
        line = {"signal": signal, "protobuf": base64.b64encode(message.SerializeToString()).decode(), "json": forms}
        sys.stdout.write(json.dumps(line, ensure_ascii=chance.random() < 0.5) + "\n")
