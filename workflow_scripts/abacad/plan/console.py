"""What Snakemake says in, what a person wants to see of it on the console out."""

import logging
import re
import time
from collections.abc import Sequence
from pathlib import Path

CONSOLE_HANDLER = "DefaultStreamHandler"  # Snakemake's name of it
NOISE = re.compile(
    r"Activating conda environment:|Select jobs to execute\.\.\.|Touching output file|Execute "
    r"|Job \d+ has been submitted with SLURM"
)

# A failed job as Snakemake's log has it: its rule, its number, and the first of its log files.
FAILED = re.compile(
    r"^Error in rule (\w+):\n(?:    .*\n)*?    jobid: (\d+)\n"
    r"(?:    .*\n)*?    log: ([^,\n]+?)(?:,.*| \(check.*)$",
    re.M,
)

# What Snakemake shows of that job's logs. On a cluster they tell of the failure again, under other numbers.
SHOWN_LOG = re.compile(r"^Logfile [^\n]*:\n(=+)\n.*?^\1$", re.M | re.S)


class OneLineAJob(logging.Formatter):
    """Shows a job that starts as its time, how many are done, and its rule's message; all else as before.

    It changes what one handler writes, and no record: Snakemake's log file and other loggers see all.
    """

    def __init__(self, formatter: logging.Formatter):
        super().__init__()
        self._formatter = formatter
        self._done = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the console shows it: not what stands between the lines about jobs."""
        event = _event(record)
        if event == "PROGRESS":
            self._done = f"[{record.done} of {record.total}] "
        return event not in ("PROGRESS", "JOB_FINISHED") and not NOISE.match(str(record.msg))

    def format(self, record: logging.LogRecord) -> str:
        if _event(record) == "JOB_INFO" and getattr(record, "rule_msg", None):
            return f"{time.strftime('%H:%M:%S')} {self._done}{record.rule_msg}"
        return self._formatter.format(record)


def show_one_line_a_job(logger: logging.Logger) -> None:
    """Make Snakemake's console, where it is its own, a line a job."""
    for handler in logger.handlers:
        if handler.name == CONSOLE_HANDLER and not isinstance(handler.formatter, OneLineAJob):
            formatter = OneLineAJob(handler.formatter)
            handler.setFormatter(formatter)
            handler.addFilter(formatter)


def scores_and_places(results: str, since: float) -> str:
    """The table of scores, where it was made `since` (s since 1970), and where to look further."""
    table = Path(results, "scores.md")
    made = table.exists() and table.stat().st_mtime >= since
    scores = f"{table.read_text()}\n" if made else ""
    return f"{scores}Results are in {results}; what comes out where: results/README.md"


def advice_after_failure(snakemake_logs: Sequence[str]) -> str:
    """Which log to read, by what Snakemake wrote to its own: that of the job that failed first.

    A job that was tried again has not failed: on a cluster, most of these end well.
    """
    text = "\n".join(Path(path).read_text(errors="replace") for path in snakemake_logs)
    text = SHOWN_LOG.sub("", text)
    for found in FAILED.finditer(text):
        rule, job, log = found.groups()
        if not re.search(rf"^Trying to restart job {job}\.$", text[found.end() :], re.M):
            return f"{rule} failed first; why is at the end of its log:\n  {log}"
    return f"What went wrong is told above, and in {', '.join(snakemake_logs)}"


def _event(record: logging.LogRecord) -> str | None:
    """The name of Snakemake's event that a record is of."""
    return getattr(getattr(record, "event", None), "name", None)
