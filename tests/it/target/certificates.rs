//! Which certificates are taken, and what is said of the others and of ports without TLS.

use std::time::{Duration, Instant};

use convoq::domain::TurnClass;
use convoq::protocol::{Protocol, Target};
use convoq::target::TargetOptions;

use super::connections::{pem, tls_server_with};
use super::server::{Server, json};
use super::{first_turn, run, target};

/// A deployment that is known by the certificates of a file, or by none.
fn knowing(url: &str, ca: Option<&str>) -> Target {
    let mut options = TargetOptions::new(url, Protocol::Rasa);
    options.ca_file = ca.map(pem);
    target(options)
}

#[test]
fn a_certificate_that_is_given_itself_is_taken() {
    run(async {
        // One that is an authority by its own words, and one that an unknown one has signed.
        for certificate in ["self.pem", "cert.pem"] {
            let url = tls_server_with(certificate, false, None).await;
            let turn = first_turn(&knowing(&url, Some(certificate))).await;
            assert_eq!((turn.class, turn.problem), (TurnClass::Ok, None));
            for other in [None, Some("client_ca.pem")] {
                let turn = first_turn(&knowing(&url, other)).await;
                let problem = turn.problem.unwrap();
                assert_eq!(turn.class, TurnClass::Tls, "{problem}");
                assert!(problem.contains("--ca FILE"), "{problem}");
            }
        }
    });
}

#[test]
fn a_certificate_that_is_given_must_have_the_name_and_be_valid_now() {
    run(async {
        let url = tls_server_with("self.pem", false, None).await;
        let by_address = url.replace("localhost", "127.0.0.1");
        let turn = first_turn(&knowing(&by_address, Some("self.pem"))).await;
        let problem = turn.problem.unwrap();
        assert_eq!(turn.class, TurnClass::Tls, "{problem}");
        assert!(problem.contains("--target with a name"), "{problem}");

        let url = tls_server_with("self_expired.pem", false, None).await;
        let turn = first_turn(&knowing(&url, Some("self_expired.pem"))).await;
        let problem = turn.problem.unwrap();
        assert_eq!(turn.class, TurnClass::Tls, "{problem}");
        assert!(problem.contains("new certificate"), "{problem}");
    });
}

/// What mends it that a bot is not ready, and after how long that was known.
async fn advice(url: &str) -> (String, Duration) {
    let start = Instant::now();
    let unready = knowing(url, None).ready().await.unwrap_err();
    (unready.advice.unwrap_or_default().into(), start.elapsed())
}

#[test]
fn what_waiting_cannot_mend_is_known_at_once() {
    run(async {
        let tls = tls_server_with("cert.pem", false, None).await;
        assert!(advice(&tls).await.0.contains("--ca FILE"));
        let (found, _) = advice(&tls.replace("https", "http")).await;
        assert!(found.contains("https://"), "{found}");
        // It waits for the end of what it takes for a request, and says nothing.
        let plain = Server::start(|_| json("[]")).await;
        let (found, after) = advice(&plain.url.replace("http", "https")).await;
        assert!(found.contains("http://"), "{found}");
        assert!(after < Duration::from_secs(4), "{after:?}");
        // A bot that is not there may come.
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = nobody.local_addr().unwrap();
        drop(nobody);
        for scheme in ["http", "https"] {
            assert_eq!(advice(&format!("{scheme}://{address}")).await.0, "");
        }
    });
}
