//! What became of connections, counted.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

/// What became of connections so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFacts {
    /// Connections that were made.
    pub made: u64,
    /// Requests that went over a connection which had served before.
    pub reused: u64,
    /// TLS handshakes that were completed.
    pub tls_handshakes: u64,
    /// Connections that could not be made, TLS included.
    pub failed: u64,
    /// Connections that are open now.
    pub open: u64,
    /// Requests that were sent again, as the bot said that it had not processed them
    /// (HTTP/2). What never left, as its connection closed before, is sent once.
    pub resent: u64,
    /// Requests that were lost on a connection which had served before, before a byte of the
    /// reply: the bot may have closed it because nothing went over it.
    pub lost_when_reused: u64,
    /// Requests that had to wait because no more connections are allowed.
    pub waited: u64,
    /// Of those, requests that waited for one of the streams that the bot allows (HTTP/2).
    pub waited_for_stream: u64,
}

impl ConnectionFacts {
    /// What came to these since others were counted; what is open is open.
    #[must_use]
    pub fn since(&self, before: &ConnectionFacts) -> ConnectionFacts {
        ConnectionFacts {
            made: self.made - before.made,
            reused: self.reused - before.reused,
            tls_handshakes: self.tls_handshakes - before.tls_handshakes,
            failed: self.failed - before.failed,
            open: self.open,
            resent: self.resent - before.resent,
            lost_when_reused: self.lost_when_reused - before.lost_when_reused,
            waited: self.waited - before.waited,
            waited_for_stream: self.waited_for_stream - before.waited_for_stream,
        }
    }
}

/// What one address of the bot's name got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressFacts {
    /// The address.
    pub address: IpAddr,
    /// Connections that were made to it.
    pub connections: u64,
    /// HTTP requests that went there.
    pub requests: u64,
}

impl AddressFacts {
    /// What came to these since all addresses were counted.
    #[must_use]
    pub fn since(&self, before: &[AddressFacts]) -> AddressFacts {
        let before = before.iter().find(|b| b.address == self.address);
        AddressFacts {
            address: self.address,
            connections: self.connections - before.map_or(0, |b| b.connections),
            requests: self.requests - before.map_or(0, |b| b.requests),
        }
    }
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    facts: Cell<ConnectionFacts>,
    pub addresses: Addresses,
}

impl Counters {
    /// Counts one more.
    pub fn up(&self, which: impl FnOnce(&mut ConnectionFacts) -> &mut u64) {
        self.facts.update(|mut facts| {
            *which(&mut facts) += 1;
            facts
        });
    }

    /// A connection is there, or is not any more.
    pub fn is_open(&self, open: bool) {
        self.facts.update(|mut facts| {
            facts.made += u64::from(open);
            facts.open = if open { facts.open + 1 } else { facts.open - 1 };
            facts
        });
    }

    pub fn facts(&self) -> ConnectionFacts {
        self.facts.get()
    }
}

/// The addresses of a name, and how each fared.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: RefCell<BTreeMap<IpAddr, Known>>,
    /// Connections that were begun.
    begun: Cell<usize>,
}

#[derive(Debug)]
struct Known {
    facts: AddressFacts,
    /// When it last took no connection.
    failed: Option<Instant>,
}

impl Addresses {
    /// The number of the next connection, from 0.
    pub fn begin(&self) -> usize {
        let number = self.begun.get();
        self.begun.set(number.wrapping_add(1));
        number
    }

    /// The address is known from now on.
    pub fn know(&self, address: IpAddr) {
        self.of(address, |_| ());
    }

    pub fn connected(&self, address: IpAddr) {
        self.of(address, |known| {
            known.facts.connections += 1;
            known.failed = None;
        });
    }

    pub fn failed(&self, address: IpAddr) {
        self.of(address, |known| known.failed = Some(Instant::now()));
    }

    pub fn asked(&self, address: IpAddr) {
        self.of(address, |known| known.facts.requests += 1);
    }

    fn of(&self, address: IpAddr, change: impl FnOnce(&mut Known)) {
        let facts = AddressFacts { address, connections: 0, requests: 0 };
        change(self.known.borrow_mut().entry(address).or_insert(Known { facts, failed: None }));
    }

    pub fn last_failure(&self, address: IpAddr) -> Option<Instant> {
        self.known.borrow().get(&address)?.failed
    }

    pub fn facts(&self) -> Vec<AddressFacts> {
        self.known.borrow().values().map(|known| known.facts).collect()
    }
}
