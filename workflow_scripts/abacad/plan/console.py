"""Snakemake's messages in, what a person wants to see of them on the console out."""

import logging
import re
import time
from collections.abc import Sequence
from pathlib import Path

CONSOLE_HANDLER = "DefaultStreamHandler"  # Snakemake's name for it
NOISE = re.compile(
    r"Activating conda environment:|Select jobs to execute\.\.\.|Touching output file|Execute "
    r"|Job \d+ has been submitted with SLURM"
)

# A failed job in Snakemake's log: its rule, its number, and the first of its log files.
FAILED = re.compile(
    r"^Error in rule (\w+):\n(?:    .*\n)*?    jobid: (\d+)\n"
    r"(?:    .*\n)*?    log: ([^,\n]+?)(?:,.*| \(check.*)$",
    re.M,
)

# The part of a job's log that Snakemake shows. On a cluster, it repeats the failure under other numbers.
SHOWN_LOG = re.compile(r"^Logfile [^\n]*:\n(=+)\n.*?^\1$", re.M | re.S)


class OneLineAJob(logging.Formatter):
    """Shows a job that starts by the time, how many jobs are done, and its rule's message. Everything
    else stays.

    It changes only what one handler writes, not the record, so Snakemake's log file and other loggers
    see everything.
    """

    def __init__(self, formatter: logging.Formatter):
        super().__init__()
        self._formatter = formatter
        self._done = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the console shows a record. The noise between the lines about jobs is hidden."""
        event = _event(record)
        if event == "PROGRESS":
            self._done = f"[{record.done} of {record.total}] "
        return event not in ("PROGRESS", "JOB_FINISHED") and not NOISE.match(str(record.msg))

    def format(self, record: logging.LogRecord) -> str:
        if _event(record) == "JOB_INFO" and getattr(record, "rule_msg", None):
            return f"{time.strftime('%H:%M:%S')} {self._done}{record.rule_msg}"
        return self._formatter.format(record)


def show_one_line_a_job(logger: logging.Logger) -> None:
    """Make Snakemake's own console show one line for each job."""
    for handler in logger.handlers:
        if handler.name == CONSOLE_HANDLER and not isinstance(handler.formatter, OneLineAJob):
            formatter = OneLineAJob(handler.formatter)
            handler.setFormatter(formatter)
            handler.addFilter(formatter)


def scores_and_places(results: str, since: float) -> str:
    """The table of scores, where it was made `since` (s since 1970), and where to look further.

    Last of all comes the page of candidates: it is what to open.
    """
    table = Path(results, "scores.md")
    made = table.exists() and table.stat().st_mtime >= since
    scores = f"{table.read_text()}\n" if made else ""
    places = f"{scores}Results are in {results}; what comes out where: results/README.md"
    page = Path(results, "candidates/index.html")
    return f"{places}\nLook at the candidates: {page.absolute()}" if page.exists() else places


def advice_after_failure(snakemake_logs: Sequence[str]) -> str:
    """Which log to read, according to Snakemake's own log: that of the job that failed first.

    A job that was tried again does not count as failed: on a cluster, most of these succeed later.
    """
    text = "\n".join(Path(path).read_text(errors="replace") for path in snakemake_logs)
    text = SHOWN_LOG.sub("", text)
    for found in FAILED.finditer(text):
        rule, job, log = found.groups()
        if not re.search(rf"^Trying to restart job {job}\.$", text[found.end() :], re.M):
            return f"{rule} failed first; the end of its log says why:\n  {log}"
    return f"What went wrong is shown above, and in {', '.join(snakemake_logs)}"


def _event(record: logging.LogRecord) -> str | None:
    """The name of the Snakemake event that a record describes."""
    return getattr(getattr(record, "event", None), "name", None)
