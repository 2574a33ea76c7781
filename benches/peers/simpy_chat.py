"""The chat-centre model of benches/yardstick in SimPy, timed by CPU time.

Usage: simpy_chat.py [customers] [rounds]
Prints: simpy <tab> customers/s (median of the rounds) <tab> abandonment (their mean)
"""

import math
import random
import statistics
import sys
import time

import simpy

SERVERS = 80
OFFERED_LOAD = 0.95
BOT_RESOLVES = 0.35
BOT_MEAN_S, BOT_SIGMA = 60.0, 1.0
PATIENCE_MEAN_S = 180.0
SERVICE_MEAN_S, SERVICE_SIGMA = 600.0, 0.8

ARRIVALS_PER_S = OFFERED_LOAD * SERVERS / SERVICE_MEAN_S / (1.0 - BOT_RESOLVES)
BOT_MU = math.log(BOT_MEAN_S) - BOT_SIGMA**2 / 2.0
SERVICE_MU = math.log(SERVICE_MEAN_S) - SERVICE_SIGMA**2 / 2.0


class Centre:
    """Servers and what is measured, as the loops of the yardstick measure it."""

    def __init__(self, env):
        self.env = env
        self.servers = simpy.Resource(env, capacity=SERVERS)
        self.abandoned = 0
        self.waits = []
        self.stays = []


def customer(centre):
    env = centre.env
    arrived = env.now
    yield env.timeout(random.lognormvariate(BOT_MU, BOT_SIGMA))
    if random.random() >= BOT_RESOLVES:
        with centre.servers.request() as request:
            queued = env.now
            # A free server is given at once: no patience timer, no condition. It is the
            # fastest plain way to write this, and a peer should be shown at its best.
            if not request.triggered:
                yield request | env.timeout(random.expovariate(1.0 / PATIENCE_MEAN_S))
            centre.waits.append(env.now - queued)
            if request.triggered:
                yield env.timeout(random.lognormvariate(SERVICE_MU, SERVICE_SIGMA))
            else:
                centre.abandoned += 1
    centre.stays.append(env.now - arrived)


def arrivals(centre, customers):
    env = centre.env
    for _ in range(customers):
        yield env.timeout(random.expovariate(ARRIVALS_PER_S))
        env.process(customer(centre))


def run(customers, seed):
    """CPU seconds and abandonment of one run."""
    random.seed(seed)
    begun = time.process_time()
    env = simpy.Environment()
    centre = Centre(env)
    env.process(arrivals(centre, customers))
    env.run()
    seconds = time.process_time() - begun
    assert len(centre.stays) == customers
    return seconds, centre.abandoned / len(centre.waits)


def main():
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    results = [run(customers, seed) for seed in range(1, rounds + 1)]
    rate = customers / statistics.median(seconds for seconds, _ in results)
    abandonment = statistics.mean(share for _, share in results)
    print(f"simpy\t{rate:.0f}\t{abandonment:.4f}")


if __name__ == "__main__":
    main()
