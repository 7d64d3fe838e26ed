"""What Python's prometheus_client finds in a body."""

from prometheus_client import parser as of_text
from prometheus_client.openmetrics import parser as of_open_metrics

from cases import Sample, labels, number

PARSERS = {"text": of_text, "openmetrics": of_open_metrics}


def read(body, format):
    """The samples, or the error as a text."""
    parser, found = PARSERS[format], []
    parse_line = parser._parse_sample

    # Families are told in another form: the samples of a counter get a suffix, and duplicates vanish. So they are
    # taken as they are parsed.
    def keep(line):
        sample = parse_line(line)
        found.append(sample)
        return sample

    parser._parse_sample = keep
    try:
        for _ in parser.text_string_to_metric_families(body.decode()):
            pass
    # It raises whatever its code happens on: KeyError, IndexError, TypeError.
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        parser._parse_sample = parse_line
    return [shown(sample) for sample in found]


def shown(sample):
    exemplar = sample.exemplar
    if exemplar:
        exemplar = (labels(exemplar.labels), number(exemplar.value), milliseconds(exemplar.timestamp))
    return Sample(sample.name, labels(sample.labels), number(sample.value), milliseconds(sample.timestamp), exemplar)


def milliseconds(timestamp):
    if timestamp is None:
        return None
    if hasattr(timestamp, "nsec"):
        return timestamp.sec * 1000 + timestamp.nsec // 1_000_000
    return int(timestamp * 1000)
