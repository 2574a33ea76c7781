//! Whom to trust, and who we are.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::options::{TargetError, TargetOptions};
use super::progress::Failure;
use crate::domain::TurnClass;

/// The settings of TLS.
///
/// # Errors
/// A file of certificates or of a key that cannot be read or holds none, and one of the
/// client's two files without the other.
pub(super) fn config(options: &TargetOptions) -> Result<ClientConfig, TargetError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| TargetError::new("tls", error.to_string(), "report this as a defect"))?;
    let roots = roots(options.ca_file.as_deref())?;
    let builder = if options.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustAnyone { provider }))
    } else {
        builder.with_root_certificates(roots)
    };
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

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, TargetError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let Some(path) = ca_file else {
        return Ok(roots);
    };
    let name = path.display();
    let wrong = |problem: String| TargetError::new("ca_file", problem, CERTIFICATES);
    for certificate in certificates("ca_file", path)? {
        roots
            .add(certificate)
            .map_err(|error| wrong(format!("{name}: {error}")))?;
    }
    Ok(roots)
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
    let alone = |option, other| {
        Err(TargetError::new(
            option,
            format!("{other} is missing"),
            both,
        ))
    };
    match (&options.client_cert_file, &options.client_key_file) {
        (None, None) => Ok(None),
        (Some(_), None) => alone("client_cert", "its key"),
        (None, Some(_)) => alone("client_key", "its certificate"),
        (Some(chain), Some(key)) => Ok(Some((
            certificates("client_cert", chain)?,
            private_key(key)?,
        ))),
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
pub(super) fn refusal(error: &io::Error) -> Option<Failure> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    let help = match inner {
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            ": the bot asks for a client certificate (--client-cert, --client-key)"
        }
        _ => "",
    };
    Some(Failure::new(TurnClass::Tls, format!("{inner}{help}")))
}

/// Takes any certificate. Signatures are still checked: the peer holds its key.
#[derive(Debug)]
struct TrustAnyone {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
