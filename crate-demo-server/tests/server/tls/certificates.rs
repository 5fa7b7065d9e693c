//! Certificates and keys, those that fit and those that do not.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::SELF_SIGNED;
use super::client::{BOTH, Client, authority, connect};
use crate::common::{Server, command};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the file can be written");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Files with a certificate for `name` and its key, and the certificate.
    fn identity(&self, name: &str) -> (String, String, CertificateDer<'static>) {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let pem = |label: &str, der: &[u8]| {
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
        };
        let key = self.file(&format!("{name}.key"), &pem("PRIVATE KEY", key.serialized_der()));
        let file = self.file(&format!("{name}.crt"), &pem("CERTIFICATE", certificate.der()));
        (file, key, certificate.der().clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is in the build's folder in any case.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn own_certificate(server: &Server) -> CertificateDer<'static> {
    let stream = connect(server, &BOTH, None, "localhost").await.expect("they agree");
    stream.get_ref().1.peer_certificates().expect("one")[0].clone()
}

#[tokio::test]
async fn the_certificate_that_is_named_is_shown() {
    let folder = Folder::new("tls-named");
    let (certificate, key, root) = folder.identity("ticker.example.org");
    let server = Server::start(&[
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--allow-host",
        "ticker.example.org",
    ]);
    let stream = connect(&server, &BOTH, Some(&root), "ticker.example.org").await;
    let mut client = Client::over(stream.expect("it is trusted"), authority(&server), true).await;
    assert_eq!(client.ask("/topics").await.0, 200);
    connect(&server, &BOTH, Some(&root), "example.org").await.expect_err("of another name");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("it is ours");
        let open = Server::start(&["--tls-cert", &certificate, "--tls-key", &key]).stop().await;
        assert!(open.contains("chmod 600") && open.contains(&key), "{open}");
    }
}

#[tokio::test]
async fn a_certificate_of_its_own_is_fresh_and_for_its_names_alone() {
    let server = Server::start(
        &[
            &SELF_SIGNED[..],
            &["--allow-host", "ticker.example.org:8443,192.0.2.1", "--token", "open-sesame"],
        ]
        .concat(),
    );
    let root = own_certificate(&server).await;
    for name in ["localhost", "127.0.0.1", "::1", "ticker.example.org", "192.0.2.1"] {
        connect(&server, &BOTH, Some(&root), name).await.expect(name);
    }
    for name in ["example.org", "127.0.0.2", "ticker.example.org.test"] {
        connect(&server, &BOTH, Some(&root), name).await.expect_err(name);
    }
    let again = Server::start(&SELF_SIGNED);
    assert_ne!(own_certificate(&again).await, root);
    let log = server.stop().await;
    assert!(log.contains("sha256=") && log.contains("ticker.example.org"), "{log}");
}

#[test]
fn flags_that_do_not_fit_are_refused_with_what_which_file_and_what_to_do() {
    let folder = Folder::new("tls-wrong");
    let (certificate, key, _) = folder.identity("one.test");
    let (other, other_key, _) = folder.identity("two.test");
    let empty = folder.file("empty", "");
    let words = folder
        .file("words", "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n");
    let no_certificate = folder
        .file("no-certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let no_key =
        folder.file("no-key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let guarded = folder.file(
        "guarded",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let folder_path = folder.0.to_str().expect("UTF-8").to_owned();
    let both = |certificate: &str, key: &str| -> Vec<String> {
        ["--tls-cert", certificate, "--tls-key", key].map(str::to_owned).into()
    };
    let with = |mut arguments: Vec<String>, more: &str| {
        arguments.push(more.to_owned());
        arguments
    };
    for (arguments, wanted) in [
        (both(&certificate, &key)[..2].to_vec(), vec!["--tls-cert", "--tls-key"]),
        (both(&certificate, &key)[2..].to_vec(), vec!["--tls-cert", "--tls-key"]),
        (
            with(both(&certificate, &key), "--tls-self-signed"),
            vec!["--tls-self-signed", "leave one"],
        ),
        (both("/nowhere/cert", &key), vec!["--tls-cert /nowhere/cert", "name a file"]),
        (both(&certificate, "/nowhere/key"), vec!["--tls-key /nowhere/key", "name a file"]),
        (both(&folder_path, &key), vec!["--tls-cert", &folder_path, "name a file"]),
        (both(&empty, &key), vec!["--tls-cert", &empty, "no certificate", "BEGIN CERTIFICATE"]),
        (both(&key, &key), vec!["--tls-cert", &key, "no certificate"]),
        (both(&words, &key), vec!["--tls-cert", &words, "BEGIN CERTIFICATE"]),
        (both(&no_certificate, &key), vec!["--tls-cert", &no_certificate, "can't be read"]),
        (both(&certificate, &empty), vec!["--tls-key", &empty, "BEGIN PRIVATE KEY"]),
        (both(&certificate, &certificate), vec!["--tls-key", &certificate, "BEGIN PRIVATE KEY"]),
        (both(&certificate, &guarded), vec!["--tls-key", &guarded, "no passphrase"]),
        (both(&certificate, &no_key), vec!["--tls-key", &no_key, "RSA"]),
        (
            both(&certificate, &other_key),
            vec!["--tls-key", &other_key, &certificate, "not the key"],
        ),
        (both(&other, &key), vec!["--tls-key", &key, &other, "not the key"]),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = command(&arguments).output().expect("it runs");
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty());
        for word in wanted {
            assert!(message.contains(word), "{word} is not in: {message}");
        }
    }
}
