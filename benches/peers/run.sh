#!/usr/bin/env bash
# Speed of SimPy, Ciw, simrs and nexosim beside the rows of `cargo bench --bench engine`,
# one model, one run.
#
# Usage: benches/peers/run.sh [SimPy customers] [Ciw customers] [simrs and nexosim customers]
#
# Prints `peer <tab> customers/s <tab> abandonment`, the table of the bench, and how many
# times faster each of its rows is. Absolute figures do not travel to other machines.
# Needs python3 with venv, and cargo; everything it installs is gone at the end.
set -euo pipefail

simpy_customers=${1:-60000}
ciw_customers=${2:-10000}
rust_customers=${3:-600000}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet simpy==4.1.2 ciw==3.2.7

# Compiled first, so that the peers and the bench are timed in the same minute.
(cd "$here/../.." && cargo bench --bench engine --no-run)
(cd "$here/rust" && CARGO_TARGET_DIR="$work/rust" cargo build --release --locked)

{
    "$work/venv/bin/python" "$here/simpy_chat.py" "$simpy_customers"
    "$work/venv/bin/python" "$here/ciw_chat.py" "$ciw_customers"
    "$work/rust/release/convoq-peers" "$rust_customers"
} | tee "$work/peers"
(cd "$here/../.." && cargo bench --quiet --bench engine -- --quick) | tee "$work/bench"

# Rows of the bench follow its heading, with customers/s second.
echo
awk '
    FNR == NR { peer[++peers] = $1; rate[peers] = $2; next }
    $1 == "row" {
        printf "%-20s", "times faster than"
        for (i = 1; i <= peers; i++) printf " %12s", peer[i]
        print ""
        heading_seen = 1
        next
    }
    heading_seen && NF {
        printf "%-20s", $1
        for (i = 1; i <= peers; i++) printf " %12.1f", $2 / rate[i]
        print ""
    }
' "$work/peers" "$work/bench"
