//! From a name to a TCP connection: its addresses are tried as RFC 8305 says.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::address::Origin;
use super::counts::Addresses;
use super::failure::Failure;
use crate::domain::TurnClass;

/// How long an attempt goes on alone before the next address is tried beside it (RFC 8305,
/// section 8: "Connection Attempt Delay").
const STAGGER: Duration = Duration::from_millis(250);
/// How long an address that took no connection comes after all others.
const AVOIDED: Duration = Duration::from_secs(30);

/// Connects to one of the addresses of an origin. Connections take turns at them, so that
/// each gets its part of the load.
///
/// # Errors
/// The name has no address, or none takes a connection.
pub(crate) async fn dial(
    origin: &Origin,
    addresses: &Addresses,
) -> Result<(TcpStream, IpAddr), Failure> {
    let found = match origin.host.parse::<IpAddr>() {
        Ok(ip) => vec![SocketAddr::new(ip, origin.port)],
        Err(_) => resolve(origin).await?,
    };
    let number = addresses.begin();
    let avoided = |address: &SocketAddr| {
        let failed = addresses.last_failure(address.ip());
        failed.is_some_and(|at| at.elapsed() < AVOIDED)
    };
    for address in &found {
        addresses.know(address.ip());
    }
    let mut error: Option<(io::Error, Option<&'static str>)> = None;
    let made = race(in_order(&found, number, avoided), &mut |address, why| {
        let own = own_limit(&why, address);
        if own.is_none() {
            addresses.failed(address.ip());
        }
        // A limit of this machine says nothing of the bot, whatever else there was.
        if error.as_ref().is_none_or(|(_, own)| own.is_none()) {
            error = Some((why, own));
        }
    })
    .await;
    if let Some((tcp, address)) = made {
        addresses.connected(address.ip());
        return Ok((tcp, address.ip()));
    }
    Err(match error {
        Some((why, own)) => not_made(origin, &why, own),
        None => no_address(origin, "the name has no address"),
    })
}

async fn resolve(origin: &Origin) -> Result<Vec<SocketAddr>, Failure> {
    let found = lookup_host((origin.host.as_str(), origin.port)).await;
    found.map(Iterator::collect).map_err(|error| {
        // The resolver does not say that it found no file descriptor.
        let socket = TcpSocket::new_v4().err();
        match socket.as_ref().and_then(no_file) {
            Some(what) => limited(origin, what),
            None => no_address(origin, &error.to_string()),
        }
    })
}

/// The addresses in the order of their attempts: families take turns, beginning with that
/// of the first address (RFC 8305, section 4); within a family each connection begins with
/// another one. Those to avoid come last.
fn in_order(
    found: &[SocketAddr],
    number: usize,
    avoided: impl Fn(&SocketAddr) -> bool,
) -> VecDeque<SocketAddr> {
    let mut order = VecDeque::new();
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    for last in [false, true] {
        let of_family = |v6: bool| {
            let fits = |a: &&SocketAddr| a.is_ipv6() == v6 && avoided(a) == last;
            let mut family: Vec<SocketAddr> = found.iter().filter(fits).copied().collect();
            let turn = number % family.len().max(1);
            family.rotate_left(turn);
            family
        };
        let (one, other) = (of_family(first_is_v6), of_family(!first_is_v6));
        for n in 0..one.len().max(other.len()) {
            order.extend(one.get(n));
            order.extend(other.get(n));
        }
    }
    order
}

/// Attempts one after the other, each begun when the one before has failed or has taken
/// too long. The first that succeeds ends all others.
async fn race(
    mut left: VecDeque<SocketAddr>,
    failed: &mut impl FnMut(SocketAddr, io::Error),
) -> Option<(TcpStream, SocketAddr)> {
    if left.len() == 1
        && let Some(only) = left.pop_front()
    {
        let tcp = TcpStream::connect(only).await;
        return tcp.map_err(|why| failed(only, why)).ok().map(|t| (t, only));
    }
    let mut attempts = JoinSet::new();
    loop {
        if let Some(address) = left.pop_front() {
            attempts.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let ended = tokio::select! {
            ended = attempts.join_next() => ended?,
            () = sleep(STAGGER), if !left.is_empty() => continue,
        };
        match ended {
            Ok((address, Ok(tcp))) => return Some((tcp, address)),
            Ok((address, Err(why))) => failed(address, why),
            Err(_) => {} // the runtime is being shut down
        }
    }
}

fn not_made(origin: &Origin, why: &io::Error, own: Option<&'static str>) -> Failure {
    let at = origin.authority();
    match (own, why.kind()) {
        (Some(what), _) => limited(origin, what),
        (None, io::ErrorKind::ConnectionRefused) => Failure::new(
            TurnClass::ConnectRefused,
            format!("{at} refused the connection: is the bot running there?"),
        ),
        (None, io::ErrorKind::TimedOut) => {
            Failure::new(TurnClass::ConnectTimeout, format!("{at} did not answer"))
        }
        (None, _) => broken(origin, why),
    }
}

fn limited(origin: &Origin, what: &str) -> Failure {
    let at = origin.authority();
    let problem = format!("no connection to {at}: this machine has {what}");
    Failure::new(TurnClass::GeneratorLimit, problem)
}

fn no_address(origin: &Origin, why: &str) -> Failure {
    Failure::new(TurnClass::Dns, format!("no address for `{}`: {why}", origin.host))
}

/// A connection that ended as soon as it began.
pub(crate) fn broken(origin: &Origin, error: &io::Error) -> Failure {
    Failure::new(TurnClass::Reset, format!("connection to {}: {error}", origin.authority()))
}

/// The limit of this machine that an error is about, where it is one: no bot can help it.
fn own_limit(error: &io::Error, address: SocketAddr) -> Option<&'static str> {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrNotAvailable, _) if is_reachable(address) => {
            Some("no port left (net.ipv4.ip_local_port_range; `--reuse` keeps connections)")
        }
        (_, Some(ENOBUFS)) | (io::ErrorKind::OutOfMemory, _) => Some("no memory left for it"),
        _ => no_file(error),
    }
}

fn no_file(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error() {
        Some(EMFILE) => Some("no file descriptor left for this process (ulimit -n)"),
        Some(ENFILE) => Some("no file descriptor left (fs.file-max)"),
        _ => None,
    }
}

/// Whether this machine has an address to reach another from: without one, as where IPv6 is
/// off, the error is that of a machine without ports. UDP has ports of its own, and sends
/// nothing for this.
fn is_reachable(address: SocketAddr) -> bool {
    let own: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((own, 0)).is_ok_and(|socket| socket.connect(address).is_ok())
}

/// Numbers of errors of Linux that `std` has no name for (errno(3)).
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOBUFS: i32 = 105;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        let parsed = texts.iter().map(|t| SocketAddr::new(t.parse().unwrap(), 1));
        parsed.collect()
    }

    fn order(found: &[&str], number: usize, avoided: &[&str]) -> Vec<String> {
        let avoided = addresses(avoided);
        let order = in_order(&addresses(found), number, |a| avoided.contains(a));
        order.iter().map(|a| a.ip().to_string()).collect()
    }

    #[test]
    fn families_take_turns_beginning_with_that_of_the_first() {
        let found = ["::1", "::2", "::3", "127.0.0.1"];
        assert_eq!(order(&found, 0, &[]), ["::1", "127.0.0.1", "::2", "::3"]);
        let found = ["127.0.0.1", "::1", "::2"];
        assert_eq!(order(&found, 0, &[]), ["127.0.0.1", "::1", "::2"]);
    }

    #[test]
    fn each_connection_begins_with_another_address_of_the_first_family() {
        let found = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"];
        let first = |number| order(&found, number, &[])[0].clone();
        let firsts: Vec<String> = (0..4).map(first).collect();
        assert_eq!(firsts, ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"]);
        assert_eq!(order(&["::1", "127.0.0.1"], 1, &[])[0], "::1");
    }

    #[test]
    fn addresses_that_took_no_connection_come_last() {
        let found = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
        for number in 0..6 {
            assert_eq!(order(&found, number, &["127.0.0.2"])[2], "127.0.0.2");
        }
        assert_eq!(order(&found, 0, &found).len(), 3);
        assert!(order(&[], 0, &[]).is_empty());
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn an_address_that_refuses_is_passed_over_at_once_and_the_last_error_is_told() {
        run(async {
            let bot = tokio::net::TcpListener::bind("127.0.0.3:0").await.unwrap();
            let there = bot.local_addr().unwrap();
            let refused = SocketAddr::new("127.0.0.2".parse().unwrap(), there.port());
            let mut failed = Vec::new();
            let mut note = |address, why: io::Error| failed.push((address, why.kind()));
            let made = race([refused, there].into(), &mut note).await;
            assert_eq!(made.map(|(_, address)| address), Some(there));
            assert!(race([refused, refused].into(), &mut note).await.is_none());
            assert!(race([refused].into(), &mut note).await.is_none());
            let one = (refused, io::ErrorKind::ConnectionRefused);
            assert_eq!(failed, [one; 4]);
        });
    }

    #[test]
    fn an_address_that_says_nothing_is_not_waited_for() {
        run(async {
            // A listener whose queue is full drops what comes, as a firewall does.
            let hole = TcpSocket::new_v4().unwrap();
            hole.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            let hole = hole.listen(0).unwrap();
            let silent = hole.local_addr().unwrap();
            let mut full = Vec::new();
            for _ in 0..3 {
                let filling = TcpStream::connect(silent);
                full.push(tokio::time::timeout(Duration::from_millis(30), filling).await);
            }
            let bot = tokio::net::TcpListener::bind("127.0.0.3:0").await.unwrap();
            let there = bot.local_addr().unwrap();
            let begun = std::time::Instant::now();
            let made = race([silent, there].into(), &mut |_, _| {}).await;
            assert_eq!(made.map(|(_, address)| address), Some(there));
            assert!((STAGGER..STAGGER * 4).contains(&begun.elapsed()));
        });
    }

    #[test]
    fn a_machine_without_the_family_is_not_one_without_ports() {
        let error = || io::Error::from(io::ErrorKind::AddrNotAvailable);
        let here = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 9);
        assert!(own_limit(&error(), here).is_some());
        // An address of documentation with the scope of an interface that is not there.
        let nowhere = std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 9, 0, 9_999);
        assert!(own_limit(&error(), nowhere.into()).is_none());
        let files = io::Error::from_raw_os_error(EMFILE);
        assert!(own_limit(&files, here).unwrap().contains("ulimit -n"));
    }
}
