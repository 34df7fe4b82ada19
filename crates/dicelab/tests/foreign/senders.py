"""Python's own logging, which pushes to Loki by python-logging-loki: a line of every level, and one with an exception."""

import logging
import sys

import logging_loki

handler = logging_loki.LokiHandler(url=f"{sys.argv[1]}/loki/api/v1/push", tags={"app": "python"}, version="1")


def refuse(record):
    """A line that the server does not take ends the program."""
    raise


handler.handleError = refuse
logger = logging.getLogger("basket")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
    logger.log(level, 'python says %s: äpfel "grün"', logging.getLevelName(level), extra={"tags": {"shelf": "middle"}})
try:
    [][1]
except IndexError:
    logger.exception("python has no second apple")
