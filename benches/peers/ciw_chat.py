"""The chat-centre model of benches/yardstick in Ciw, timed by CPU time.

Usage: ciw_chat.py [customers] [rounds]
Prints: ciw <tab> customers/s (median of the rounds) <tab> abandonment (their mean)
"""

import math
import statistics
import sys
import time

import ciw

SERVERS = 80
OFFERED_LOAD = 0.95
BOT_RESOLVES = 0.35
BOT_MEAN_S, BOT_SIGMA = 60.0, 1.0
PATIENCE_MEAN_S = 180.0
SERVICE_MEAN_S, SERVICE_SIGMA = 600.0, 0.8

ARRIVALS_PER_S = OFFERED_LOAD * SERVERS / SERVICE_MEAN_S / (1.0 - BOT_RESOLVES)
BOT_MU = math.log(BOT_MEAN_S) - BOT_SIGMA**2 / 2.0
SERVICE_MU = math.log(SERVICE_MEAN_S) - SERVICE_SIGMA**2 / 2.0

PEOPLE_NODE = 2


def network():
    """Node 1 is the bot, node 2 the people."""
    return ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=ARRIVALS_PER_S), None],
        # The two arguments are those of the logarithm.
        service_distributions=[
            ciw.dists.Lognormal(BOT_MU, BOT_SIGMA),
            ciw.dists.Lognormal(SERVICE_MU, SERVICE_SIGMA),
        ],
        routing=[[0.0, 1.0 - BOT_RESOLVES], [0.0, 0.0]],
        number_of_servers=[float("inf"), SERVERS],
        reneging_time_distributions=[None, ciw.dists.Exponential(rate=1.0 / PATIENCE_MEAN_S)],
    )


def run(customers, seed):
    """CPU seconds and abandonment of one run; reading the records is not timed."""
    ciw.seed(seed)
    begun = time.process_time()
    simulation = ciw.Simulation(network())
    simulation.simulate_until_max_customers(customers, method="Finish")
    seconds = time.process_time() - begun
    kinds = [
        record.record_type
        for record in simulation.get_all_records()
        if record.node == PEOPLE_NODE
    ]
    return seconds, kinds.count("renege") / len(kinds)


def main():
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    results = [run(customers, seed) for seed in range(1, rounds + 1)]
    rate = customers / statistics.median(seconds for seconds, _ in results)
    abandonment = statistics.mean(share for _, share in results)
    print(f"ciw\t{rate:.0f}\t{abandonment:.4f}")


if __name__ == "__main__":
    main()
