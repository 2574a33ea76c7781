"""Reads runs and exports of convoq with other programs and compares what they say.

Usage: check.py PATH_OF_CONVOQ, from the root of the repository. Exits with 1 at
the first difference.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # no bars in the output of a test

import duckdb
import jsonschema
import pandas
import pm4py
import polars

CONVOQ = Path(sys.argv[1]).resolve()
ROOT = Path.cwd()
OF_THE_RUN = {"RunStarted", "RunEnded", "FaultStarted", "FaultEnded"}
OF_AGENTS = {
    "ShiftStarted", "AgentClosing", "ShiftEnded", "DutySwapped", "BreakStarted",
    "BreakEnded", "AgentAbsent", "WrapUpEnded",
}

VALUE = {"type": ["string", "number", "boolean"]}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
NAME = {"type": "string", "minLength": 1}


def record(**fields):
    """An object with just these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def array(items):
    return {"type": "array", "items": items}


TYPES = array(record(name=NAME, attributes=array(record(
    name=NAME, type={"enum": ["string", "time", "integer", "float", "boolean"]}))))
LINKS = array(record(objectId=NAME, qualifier=NAME))
# The structure that the specification of OCEL 2.0 gives its JSON.
OCEL = record(
    objectTypes=TYPES,
    eventTypes=TYPES,
    events=array(record(id=NAME, type=NAME, time=MOMENT,
                        attributes=array(record(name=NAME, value=VALUE)), relationships=LINKS)),
    objects=array(record(id=NAME, type=NAME,
                         attributes=array(record(name=NAME, time=MOMENT, value=VALUE)), relationships=LINKS)),
)


def convoq(folder, *args):
    done = subprocess.run([CONVOQ, *args], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 99), f"convoq {' '.join(args)}: {done.returncode}\n{done.stderr}"
    return done.stdout


def stat(folder, run):
    """Events by kind, as `log stat` has them."""
    lines = convoq(folder, "log", "stat", run).splitlines()
    found = (re.fullmatch(r"  (\w+) +(\d+) +[\d.]+%", line) for line in lines)
    return {match[1]: int(match[2]) for match in found if match}


def same(what, *values):
    assert all(value == values[0] for value in values[1:]), f"{what}: {values}"
    print(f"ok  {what}")


def ocel(folder, run, kinds):
    file = folder / "log.json"
    convoq(folder, "log", "export", run, "--to", "ocel", "--out", str(file))
    jsonschema.validate(json.loads(file.read_text()), OCEL)
    log = pm4py.read_ocel2_json(str(file))
    expected = {kind: count for kind, count in kinds.items() if kind not in OF_THE_RUN}
    found = log.events[log.event_activity].value_counts().to_dict()
    same(f"{run}: pm4py counts the events of OCEL as `log stat`", found, expected)
    objects = log.objects[log.object_type_column].value_counts().to_dict()
    contacts = len(list(conversations(folder, run, "events")))
    same(f"{run}: conversations among the objects", objects["conversation"], contacts)


def conversations(folder, run, table):
    """Replication and number of every contact that has events."""
    text = convoq(folder, "log", "export", run, "--to", "ndjson", "--table", table)
    rows = (json.loads(line) for line in text.splitlines())
    return {(row["replication"], row["conversation"]) for row in rows if row["conversation"] is not None}


def xes(folder, run, kinds):
    expected = sum(n for kind, n in kinds.items() if kind not in OF_THE_RUN | OF_AGENTS)
    contacts = len(conversations(folder, run, "events"))
    for case in ("conversation", "chain"):
        file = folder / f"{case}.xes"
        convoq(folder, "log", "export", run, "--to", "xes", "--case", case, "--out", str(file))
        log = pm4py.read_xes(str(file))
        cases = log["case:concept:name"].nunique()
        same(f"{run}: pm4py counts the events of XES ({case})", len(log), expected)
        if case == "conversation":
            same(f"{run}: pm4py counts the cases of XES", cases, contacts)
        else:
            assert 0 < cases <= contacts, (cases, contacts)
        by_kind = log["event"].value_counts().to_dict()
        same(f"{run}: kinds of events of XES ({case})", by_kind,
             {k: n for k, n in kinds.items() if k not in OF_THE_RUN | OF_AGENTS})


def parquet(folder, run, kinds):
    """The log as it is, and a table, in three programs."""
    pattern = str(folder / run / "log" / "*" / "*.parquet")
    files = sorted((folder / run / "log").glob("*/*.parquet"))
    by_duckdb = dict(duckdb.sql(f"SELECT type, count(*) FROM '{pattern}' GROUP BY type").fetchall())
    by_polars = dict(polars.read_parquet(files).group_by("type").len().cast({"type": polars.String}).rows())
    frame = pandas.concat([pandas.read_parquet(file) for file in files])
    by_pandas = frame["type"].astype(str).value_counts().to_dict()
    same(f"{run}: DuckDB, polars and pandas count the log's events as `log stat`",
         by_duckdb, by_polars, by_pandas, kinds)
    sums = [
        duckdb.sql(f"SELECT sum(t_us), count(agent), count(csat) FROM '{pattern}'").fetchall()[0],
        polars.read_parquet(files).select(
            polars.col("t_us").sum(), polars.col("agent").count(), polars.col("csat").count()).row(0),
        (frame["t_us"].sum(), frame["agent"].count(), frame["csat"].count()),
    ]
    same(f"{run}: and agree on its columns", *[tuple(int(n) for n in row) for row in sums])
    for table in ("conversations", "agents", "intervals", "events"):
        file = folder / f"{table}.parquet"
        convoq(folder, "log", "export", run, "--to", "parquet", "--table", table, "--out", str(file), "--force")
        csv = folder / f"{table}.csv"
        convoq(folder, "log", "export", run, "--to", "csv", "--table", table, "--out", str(csv), "--force")
        a, b = pandas.read_parquet(file), pandas.read_csv(csv, low_memory=False)
        counts = [len(a), len(b), polars.read_parquet(file).height,
                  duckdb.sql(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]]
        same(f"{run}: rows of {table}", *counts)
        same(f"{run}: columns of {table}", list(a.columns), list(b.columns))
        for column in a.columns:
            if pandas.api.types.is_numeric_dtype(a[column]) and a[column].dtype != bool:
                x, y = a[column].sum(), pandas.to_numeric(b[column]).sum()
                assert math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-9), (table, column, x, y)
            if column.endswith("_at"):
                x, y = a[column].dt.tz_convert("UTC"), pandas.to_datetime(b[column], utc=True, format="ISO8601")
                assert (x.dropna() == y.dropna()).all(), (table, column)


def readme():
    """The query of the README, as it stands there, on the run of the README."""
    text = (ROOT / "README.md").read_text()
    query = text.split("```sql\n")[1].split("```")[0]
    shown = text.split("```sql\n")[1].split("```text\n")[1].split("```")[0].splitlines()
    command = re.search(r"^convoq (simulate .*--out monday)$", text, re.M)[1].split()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command[1] = str(ROOT / command[1])
        convoq(folder, *command, "--quiet")
        found = duckdb.sql(query.replace("'monday/", f"'{folder}/monday/"))
        same("README: columns of the query", shown[0].split(), list(found.columns))
        rows = [[float(cell) for cell in line.split()] for line in shown[1:]]
        for row, line in zip(found.fetchall(), rows, strict=True):
            assert all(math.isclose(a, b, abs_tol=0.06) for a, b in zip(row, line, strict=True)), (row, line)
        print("ok  README: the answer that it shows is DuckDB's")
        convoq(folder, "log", "export", "monday", "--to", "parquet", "--out", "contacts.parquet")
        contacts = pandas.read_parquet(folder / "contacts.parquet")
        taken = contacts[(contacts["queue"] == "chat") & (contacts["answered"] == 1)]
        # On a live channel the first reply is the assignment.
        joined = taken["started_s"] + taken["first_human_reply_s"] - taken["wait_answered_s"]
        hour = joined.round(6) // 1800 / 2
        table = taken.assign(hour=hour).groupby("hour").agg(
            chats=("conversation", "size"),
            p90_wait_s=("wait_answered_s", lambda waits: waits.quantile(0.9)),
            agents=("agent", "nunique"),
        ).reset_index().sort_values(["p90_wait_s", "hour"], ascending=[False, True])
        for row, line in zip(table.head(len(rows)).itertuples(index=False), found.fetchall(), strict=True):
            assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(row, line, strict=True)), (row, line)
        print("ok  README: the export gives the same answer")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for scenario, replications in (("quickstart", "3"), ("night_and_day", "1"), ("b2b_saas_week", "1")):
            path = str(ROOT / "scenarios" / f"{scenario}.yaml")
            convoq(folder, "simulate", path, "-n", replications, "--log", "full", "--out", scenario, "--quiet")
            kinds = stat(folder, scenario)
            for check in (ocel, xes, parquet):
                check(folder, scenario, kinds)
            for file in folder.glob("*.*"):
                file.unlink()
    readme()
    print("python: everything agrees")


main()
