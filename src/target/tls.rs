//! Whom to trust, and who we are.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, Error, RootCertStore,
};

use super::address::Origin;
use super::failure::Failure;
use super::options::{TargetError, TargetOptions};
use super::trust::Trust;
use crate::domain::TurnClass;

/// The settings of TLS.
///
/// # Errors
/// A file of certificates or of a key that cannot be read or holds none, and one of the
/// client's two files without the other.
pub(crate) fn config(options: &TargetOptions) -> Result<ClientConfig, TargetError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TargetError::new("tls", error.to_string(), "report this as a defect"))?;
    let trust = match options.insecure {
        true => Trust::anyone(provider),
        false => trust(options.ca_file.as_deref(), provider)?,
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(trust));
    let mut config = match identity(options)? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
            let help = "give the key that belongs to the first certificate";
            TargetError::new("client_key", error.to_string(), help)
        })?,
    };
    if options.http2 {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(config)
}

/// The usual authorities, and the certificates of a file.
fn trust(ca_file: Option<&Path>, provider: Arc<CryptoProvider>) -> Result<Trust, TargetError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let given = match ca_file {
        Some(path) => certificates("ca_file", path)?,
        None => Vec::new(),
    };
    for certificate in &given {
        roots.add(certificate.clone()).map_err(|error| {
            let name = ca_file.unwrap_or(Path::new("")).display();
            TargetError::new("ca_file", format!("{name}: {error}"), CERTIFICATES)
        })?;
    }
    Trust::new(roots, given, provider)
        .map_err(|error| TargetError::new("ca_file", error.to_string(), CERTIFICATES))
}

/// What begins a file of certificates, as a help.
const CERTIFICATES: &str = "give a PEM file that begins with -----BEGIN CERTIFICATE-----";

/// The certificates of a file, at least one.
fn certificates(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TargetError> {
    let name = path.display();
    let wrong = |problem: String| TargetError::new(option, problem, CERTIFICATES);
    let all = CertificateDer::pem_file_iter(path)
        .map_err(|error| wrong(format!("cannot read {name} ({error})")))?;
    let all: Result<Vec<_>, _> = all.collect();
    let all = all.map_err(|error| wrong(format!("{name}: {error}")))?;
    if all.is_empty() {
        return Err(wrong(format!("{name} holds no certificate")));
    }
    Ok(all)
}

/// A chain of certificates and the key of its first.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Who we are, where the bot wants to know.
fn identity(options: &TargetOptions) -> Result<Option<Identity>, TargetError> {
    let both = "give both: the certificate with --client-cert, its key with --client-key";
    let alone = |option, other| Err(TargetError::new(option, format!("{other} is missing"), both));
    match (&options.client_cert_file, &options.client_key_file) {
        (None, None) => Ok(None),
        (Some(_), None) => alone("client_cert", "its key"),
        (None, Some(_)) => alone("client_key", "its certificate"),
        (Some(chain), Some(key)) => {
            Ok(Some((certificates("client_cert", chain)?, private_key(key)?)))
        }
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TargetError> {
    let name = path.display();
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        let problem = match error {
            pem::Error::NoItemsFound => format!("{name} holds no private key"),
            pem::Error::Io(error) => format!("cannot read {name} ({error})"),
            error => format!("{name}: {error}"),
        };
        let help =
            "give a PEM file with a key that no password protects: PKCS #8, PKCS #1 or SEC 1";
        TargetError::new("client_key", problem, help)
    })
}

/// What an error of a connection says where TLS ended it: under TLS 1.3 a bot refuses a
/// client's certificate only after the handshake.
pub(crate) fn refusal(error: &io::Error) -> Option<Failure> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    let failure = Failure::new(TurnClass::Tls, inner.to_string());
    Some(match remedy(inner) {
        Some(advice) => failure.advised(advice),
        None => failure,
    })
}

/// The host is no name that a certificate could have.
pub(crate) fn no_name(origin: &Origin, why: &dyn Display) -> Failure {
    let words = format!("TLS with {}: {why}", origin.authority());
    Failure::new(TurnClass::Tls, words).advised("write the name that the certificate has")
}

/// A handshake that failed.
pub(crate) fn no_handshake(origin: &Origin, error: &io::Error) -> Failure {
    let failure = refusal(error);
    let words =
        failure.as_ref().map_or_else(|| error.to_string(), |failure| failure.problem.clone());
    Failure {
        class: TurnClass::Tls,
        problem: format!("TLS with {}: {words}", origin.authority()),
        advice: failure.and_then(|failure| failure.advice),
    }
}

/// A handshake that did not come to its end in time.
pub(crate) fn silent(origin: &Origin, limit: Duration) -> Failure {
    let (at, limit_s) = (origin.authority(), limit.as_secs_f64());
    let words = format!("no TLS within {limit_s} s, though {at} took the connection");
    Failure::new(TurnClass::ConnectTimeout, words)
}

/// What mends an error of TLS. Waiting mends none of these.
fn remedy(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => UNKNOWN,
        Error::InvalidCertificate(CertificateError::Other(_)) => UNKNOWN,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "write --target with a name that the certificate has, or use --insecure",
        Error::InvalidCertificate(CertificateError::Expired)
        | Error::InvalidCertificate(CertificateError::ExpiredContext { .. }) => {
            "give the bot a new certificate, or use --insecure"
        }
        Error::InvalidCertificate(_) => {
            "give the bot another certificate, or use --insecure to check none"
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) | Error::PeerIncompatible(_) => {
            "let the bot speak TLS 1.2 or 1.3"
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the bot asks for a client certificate (--client-cert, --client-key)"
        }
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown,
        ) => "give a client certificate that the bot knows (--client-cert, --client-key)",
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "let the bot speak TLS 1.2 or 1.3 with a common cipher, and see what its log says"
        }
        Error::InvalidMessage(_) => NO_TLS,
        _ => return None,
    })
}

/// What helps where nobody known has signed.
const UNKNOWN: &str =
    "give its certificate, or that of who signed it, with --ca FILE, or use --insecure";
/// What helps where something else than TLS is spoken.
pub(crate) const NO_TLS: &str =
    "what listens there speaks no TLS: write http:// or ws://, or another port";
