"""Installs and starts servers, and runs `convoq load` against them."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
SERVERS = TARGET / "servers"
NODE_MODULES = SERVERS / "node_modules"
READY_S = 60
# What the pinned packages ask for.
PYTHON, NODE = (3, 11), (20, 15)
# A machine that is busy with other things sends late, which says nothing about convoq.
LAG_BUDGET = "50ms"
ATTEMPTS = 5


# --- what is needed ---------------------------------------------------------------------


def quietly(*command, **more):
    """Runs a command and shows what it said only if it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout.decode()}")


def installed(name, folder, *wanted):
    """Whether a folder holds what these files want; if not it is removed."""
    stamp = SERVERS / f"{name}.sha256"
    want = hashlib.sha256(b"".join(p.read_bytes() for p in wanted)).hexdigest()
    if folder.is_dir() and stamp.is_file() and stamp.read_text() == want:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    return False


def stamp(name, *wanted):
    text = hashlib.sha256(b"".join(p.read_bytes() for p in wanted)).hexdigest()
    (SERVERS / f"{name}.sha256").write_text(text)


def lacking():
    """What is not on this machine, in words."""
    lacks = []
    if sys.version_info < PYTHON:
        lacks.append("Python {}.{}".format(*PYTHON))
    node = shutil.which("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout if node else ""
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        lacks.append("Node.js {}.{}".format(*NODE))
    if not shutil.which("npm"):
        lacks.append("npm")
    return lacks


def install():
    SERVERS.mkdir(parents=True, exist_ok=True)
    npm = (HERE / "package.json", HERE / "package-lock.json")
    if not installed("npm", NODE_MODULES, *npm):
        for file in npm:
            shutil.copy(file, SERVERS)
        quietly("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=SERVERS)
        stamp("npm", *npm)
    wanted = HERE / "requirements.txt"
    python = SERVERS / "python"
    if not installed("python", python, wanted):
        quietly(sys.executable, "-m", "venv", python)
        quietly(python / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                "--requirement", wanted)
        stamp("python", wanted)


def debian(program, package):
    """Whether a program is here, or could be installed from Debian's packages."""
    if shutil.which(program):
        return True
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "--quiet", *command], capture_output=True, env=env, timeout=300)
    return bool(shutil.which(program))


def faketime():
    """The library that gives a program another wall clock, where it is or can be installed."""
    debian("faketime", "faketime")
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


# --- servers ----------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, timeout=5):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def answers(url):
    try:
        get(url, 1)
    except urllib.error.HTTPError:
        return True  # an error page is an answer
    except OSError:
        return False
    return True


class Server:
    """A process that listens on a port of this machine."""

    def __init__(self, name, process, port, log):
        self.name, self.process, self.port, self.log = name, process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self):
        end = time.monotonic() + READY_S
        while not answers(f"{self.url}/"):
            gone = self.process.poll() is not None
            if gone or time.monotonic() > end:
                what = "ended" if gone else f"is not ready after {READY_S} s"
                raise AssertionError(f"{self.name} {what}:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self):
        # Its own session: what it started ends with it, and nothing else does.
        for number, patience_s in ((signal.SIGCONT, 0), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience_s)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()


@contextmanager
def serving(name, command, env=None, port=None):
    """Starts a server, with PORT in its command replaced, and stops it whatever happens."""
    port = port or free_port()
    logs = SERVERS / "logs"
    logs.mkdir(exist_ok=True)
    log = logs / f"{name}.log"
    command = [str(c).replace("PORT", str(port)) for c in command]
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})}, cwd=logs, start_new_session=True)
    server = Server(name, process, port, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def aimock(*args, env=None):
    cli = NODE_MODULES / "@copilotkit/aimock/dist/cli.js"
    return serving("aimock", ["node", cli, "--port", "PORT", "--fixtures", HERE / "aimock.json",
                              "--metrics", "--log-level", "warn", *args], env)


def nlp_bot():
    return serving("nlp.js", ["node", HERE / "nlp_bot.js", NODE_MODULES, "PORT"])


@contextmanager
def opsdroid():
    port = free_port()
    with tempfile.TemporaryDirectory(dir=SERVERS) as folder:
        text = (HERE / "opsdroid_bot/configuration.yaml").read_text()
        text = text.replace("{skill}", str(HERE / "opsdroid_bot/order")).replace("{port}", str(port))
        config = Path(folder, "configuration.yaml")
        config.write_text(text)
        home = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder,
                "XDG_CONFIG_HOME": folder, "PYTHONWARNINGS": "ignore",
                "PYTHONDONTWRITEBYTECODE": "1"}
        program = SERVERS / "python/bin/opsdroid"
        with serving("opsdroid", [program, "start", "-f", config], home, port) as server:
            yield server


def own_network(command):
    """The command in a network and with mounts of its own, which takes root."""
    return ["unshare", "--net", "--mount", *command]


# --- convoq -----------------------------------------------------------------------------


def fifo_bot(slots, seconds):
    return serving("fifo_bot", [sys.executable, HERE / "fifo_bot.py", "PORT", slots, seconds])


def program(path):
    """The program that is given, or built here as the tests build it."""
    if not path:
        subprocess.run(["cargo", "build", "--quiet", "--profile", "test", "--bin", "convoq"], cwd=ROOT, check=True)
    return (path or TARGET / "debug/convoq").resolve()


class Run:
    """What convoq said of a load test."""

    def __init__(self, code, stdout, stderr, folder):
        self.code, self.stdout, self.stderr, self.folder = code, stdout, stderr, folder
        self.rows = json.loads(stdout)["metrics"] if stdout.startswith("{") else []
        self.warnings = json.loads(stdout)["warnings"] if self.rows else []

    def value(self, metric, definition=None, stat=None):
        for row in self.rows:
            of_all = all(row[k] is None for k in ("queue", "segment", "channel", "intent", "party", "team"))
            if of_all and (row["metric"], row["definition"], row["stat"]) == (metric, definition, stat):
                return row["value"]
        raise AssertionError(f"no {metric} {definition or stat or ''}; exit code {self.code}\n{self.stderr}")

    def turns(self, definition):
        return int(self.value("turns", definition))

    def classes(self):
        """Turns by class, without those that no turn ended in."""
        sums = ("offered", "sent", "finished", "late")
        return {r["definition"]: int(r["value"]) for r in self.rows
                if r["metric"] == "turns" and r["definition"] not in sums and r["value"]}


def load(convoq, server, protocol, *args, scenario="one_turn.yaml", env=None, lag=LAG_BUDGET, during=None):
    """Runs `convoq load` and reads its report. `during` runs beside it."""
    folder = Path(tempfile.mkdtemp(dir=SERVERS / "runs")) / "run"
    command = [convoq, "load", HERE / scenario, "--target", server.url, "--protocol", protocol,
               "--out", folder, "--format", "json", "--arrivals", "constant", "--lag-budget", lag, *args]
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, **(env or {})}, cwd=SERVERS)
    try:
        if during:
            during()
        stdout, stderr = process.communicate(timeout=300)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return Run(process.returncode, stdout, stderr, folder)


def unhurried(attempt):
    """Repeats a load that was invalid because this machine was too busy to send in time."""
    for left in reversed(range(ATTEMPTS)):
        run = attempt()
        if run.code != 98 or not left:
            return run
        print("   the machine is busy, once more: " + run.warnings[0].partition(";")[0], flush=True)
