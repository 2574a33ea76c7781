"""A bot in a network of its own, where there are few ports or a name has several addresses,
and a load test of it. Prints what convoq says and how many messages each address got.

Usage (as root): unshare --net --mount own_network.py CONVOQ SCENARIO ports|addresses
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPLY = json.dumps({"choices": [{"message": {"content": "On its way."}, "finish_reason": "stop"}]}).encode()
PORT = 8942
TAKES_S = {"ports": 1.5, "addresses": 0}
got = Counter()


class Bot(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.command == "POST":
            got[self.server.server_address[0]] += 1
            time.sleep(TAKES_S[what])
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(REPLY)))
        self.end_headers()
        self.wfile.write(REPLY)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def main(convoq, scenario):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    listening, host, more = ["127.0.0.1"], "127.0.0.1", []
    with tempfile.TemporaryDirectory() as folder:
        if what == "ports":
            Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40039")
        else:
            # Of four addresses one does not listen.
            hosts, listening, host = Path(folder, "hosts"), [f"127.0.0.{n}" for n in (2, 3, 4)], "bot.test"
            hosts.write_text("".join(f"{a} {host}\n" for a in ["127.0.0.5", *listening]))
            subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
            more = ["--i-own", host]
        for address in listening:
            bot = Server((address, PORT), Bot)
            threading.Thread(target=bot.serve_forever, daemon=True).start()
        done = subprocess.run(
            [convoq, "load", scenario, "--target", f"http://{host}:{PORT}", "--protocol", "openai", "--no-stream",
             "--reuse", "per-turn", "--rate", "30/s", "--arrivals", "constant", "--for", "3s", "--drain", "5s",
             "--lag-budget", "1s", "--format", "json", "--out", Path(folder, "run"), *more],
            capture_output=True, text=True, timeout=60)
    print(json.dumps({"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr, "got": got}))


convoq, scenario, what = sys.argv[1:]
main(convoq, scenario)
