//! The certificate, and what is agreed on with a client before the first request.

use std::fmt::{self, Display, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ServerConfig;
use tokio_rustls::rustls::{self, InconsistentKeys};

use crate::cli::{AllowedHost, Options};
use crate::private_file;

/// HTTP/2, as it is called in the handshake.
pub(crate) const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// What a certificate of our own is always for.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes connections secret. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

/// A certificate, those that vouch for it, and its key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Tls {
    /// None if the options ask for none.
    ///
    /// # Errors
    ///
    /// Which file can't be used, why, and what to do.
    pub(crate) fn new(options: &Options) -> Result<Option<Self>, String> {
        let tls = &options.tls;
        let config = match (&tls.tls_cert, &tls.tls_key) {
            (Some(certificate), Some(key)) => from_files(certificate, key)?,
            _ if tls.tls_self_signed => self_signed(&options.access.allow_host)?,
            _ => return Ok(None),
        };
        Ok(Some(Self(TlsAcceptor::from(Arc::new(config)))))
    }

    pub(crate) const fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}

fn from_files(certificate: &Path, key: &Path) -> Result<ServerConfig, String> {
    let of_certificate = |reason: &dyn Display, remedy: &str| {
        format!("--tls-cert {}: {reason}; {remedy}", certificate.display())
    };
    let of_key = |reason: &dyn Display, remedy: &str| {
        format!("--tls-key {}: {reason}; {remedy}", key.display())
    };
    const IS_PEM: &str = "name a file of PEM, with -----BEGIN CERTIFICATE-----";
    const IS_KEY: &str = "name a file of PEM with a private key that no passphrase guards, -----BEGIN PRIVATE KEY-----";

    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| of_certificate(&Reason(&error), IS_PEM))?;
    if chain.is_empty() {
        return Err(of_certificate(&"there is no certificate in it", IS_PEM));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| of_key(&Reason(&error), IS_KEY))?;
    private_file::warn_if_open(key).map_err(|error| of_key(&error, IS_KEY))?;
    config((chain, private)).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => of_key(
            &format_args!("it is not the key of the certificate in {}", certificate.display()),
            "name the two that were made together, in --tls-cert the server's own certificate first",
        ),
        rustls::Error::InvalidCertificate(error) => of_certificate(
            &format_args!("the first certificate in it can't be read ({error:?})"),
            "name the certificate that was made for this server",
        ),
        error => of_key(&error, "use a key of RSA, of ECDSA on P-256 or P-384, or of Ed25519"),
    })
}

/// Why a file of PEM can't be read.
struct Reason<'a>(&'a pem::Error);

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            pem::Error::Io(error) => error.fmt(f),
            pem::Error::NoItemsFound => f.write_str("what is looked for is not in it"),
            error => error.fmt(f),
        }
    }
}

/// For those names, and says what to know it by.
fn self_signed(allowed: &[AllowedHost]) -> Result<ServerConfig, String> {
    let failed = |error: &dyn Display| {
        format!(
            "--tls-self-signed: no certificate can be made: {error}; use --tls-cert and --tls-key"
        )
    };
    let mut names: Vec<String> = OWN_NAMES.map(str::to_owned).into();
    names.extend(allowed.iter().map(|AllowedHost(allowed)| allowed.bare_host()));
    names.dedup();
    let mut parameters = CertificateParams::new(names.clone()).map_err(|error| failed(&error))?;
    parameters.distinguished_name.push(DnType::CommonName, env!("CARGO_PKG_NAME"));
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    // Clocks differ.
    parameters.not_before = (now - DAY).into();
    parameters.not_after = (now + 365 * DAY).into();
    let key = KeyPair::generate().map_err(|error| failed(&error))?;
    let certificate = parameters.self_signed(&key).map_err(|error| failed(&error))?;
    tracing::info!(
        names = names.join(", "),
        sha256 = fingerprint(certificate.der()),
        "made a certificate, which browsers warn of, and show by its fingerprint"
    );
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| failed(&error))?;
    config((vec![certificate.der().clone()], private)).map_err(|error| failed(&error))
}

/// As browsers show it.
fn fingerprint(certificate: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(certificate) {
        if !text.is_empty() {
            text.push(':');
        }
        // Nothing fails that is written into a string.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

fn config((chain, key): Identity) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // A browser takes the first that it knows too. Over HTTP/2 its streams are not bound to six.
    config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
    Ok(config)
}
