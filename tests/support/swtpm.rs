//! A software TPM (swtpm) on 127.0.0.1, made by a vendor of the test's own, behind a wire that tells what goes over it
//! and can lie.

use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tss_esapi::{Context, TctiNameConf};

/// Who makes TPMs and certifies them: swtpm_localca with a root, an intermediate authority and files of its own.
pub struct Vendor {
    directory: TempDir,
}

/// What answers instead of the TPM: command, answer of the TPM → another answer.
pub type Lie = Box<dyn FnMut(&[u8], &[u8]) -> Option<Vec<u8>> + Send>;

pub struct Swtpm {
    child: Child,
    wire: Arc<Mutex<Wire>>,
    port: u16,
    behind: u16,
    _directory: TempDir,
}

#[derive(Default)]
struct Wire {
    said: Vec<(u32, Vec<u8>)>,
    lie: Option<Lie>,
}

const LIMIT: Duration = Duration::from_secs(60);

impl Vendor {
    pub fn new() -> Self {
        let vendor = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        let at = vendor.directory.path().display();
        for (name, text) in [
            (
                "localca.conf",
                format!(
                    "statedir = {at}\nsigningkey = {at}/signkey.pem\nissuercert = {at}/issuercert.pem\n\
                     certserial = {at}/certserial\n"
                ),
            ),
            (
                "localca.options",
                "--platform-manufacturer imaform\n--platform-version 1\n--platform-model test\n".to_owned(),
            ),
            (
                "setup.conf",
                format!(
                    "create_certs_tool=/usr/bin/swtpm_localca\ncreate_certs_tool_config={at}/localca.conf\n\
                     create_certs_tool_options={at}/localca.options\n"
                ),
            ),
        ] {
            fs::write(vendor.path(name), text).unwrap();
        }
        vendor
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The root's certificate. There is one once something was certified.
    pub fn root(&self) -> String {
        fs::read_to_string(self.path("swtpm-localca-rootca-cert.pem")).unwrap()
    }

    /// The same with the authority that signs.
    pub fn roots(&self) -> String {
        self.root() + &fs::read_to_string(self.path("issuercert.pem")).unwrap()
    }

    /// A certificate of an authority, in DER.
    pub fn der(&self, name: &str) -> Vec<u8> {
        let mut certificate = CertificateDer::pem_file_iter(self.path(name)).unwrap();
        certificate.next().unwrap().unwrap().to_vec()
    }

    /// A TPM with a certificate of its RSA endorsement key, which is persistent too.
    pub fn make(&self) -> Swtpm {
        self.set_up(&["--create-ek-cert"])
    }

    /// A TPM as it is before anybody certifies it.
    pub fn make_uncertified(&self) -> Swtpm {
        self.set_up(&[])
    }

    /// A certificate for a P-256 key, in DER.
    pub fn certify(&self, x: &str, y: &str) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        run(Command::new("swtpm_localca")
            .args(["--type", "ek", "--ek"])
            .arg(format!("x={x},y={y},id=secp256r1"))
            .args([
                "--tpm2",
                "--tpm-spec-family",
                "2.0",
                "--tpm-spec-level",
                "0",
                "--tpm-spec-revision",
                "164",
            ])
            .args([
                "--tpm-manufacturer",
                "id:00001014",
                "--tpm-model",
                "swtpm",
                "--tpm-version",
                "id:20191023",
            ])
            .arg("--dir")
            .arg(directory.path())
            .arg("--configfile")
            .arg(self.path("localca.conf"))
            .arg("--optsfile")
            .arg(self.path("localca.options")));
        fs::read(directory.path().join("ek.cert")).unwrap()
    }

    fn set_up(&self, options: &[&str]) -> Swtpm {
        let directory = tempfile::tempdir().unwrap();
        run(Command::new("swtpm_setup")
            .args(["--tpm2", "--tpmstate"])
            .arg(directory.path())
            .arg("--config")
            .arg(self.path("setup.conf"))
            .args(options));
        Swtpm::start(directory)
    }
}

impl Swtpm {
    fn start(directory: TempDir) -> Self {
        // The ports are free now; swtpm ends if somebody else takes one in between, and others are tried.
        for _ in 0..10 {
            let port = adjacent_ports().0.local_addr().unwrap().port();
            let mut child = Command::new("swtpm")
                .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
                .args(["--server", &format!("type=tcp,port={port},bindaddr=127.0.0.1")])
                .args(["--ctrl", &format!("type=tcp,port={},bindaddr=127.0.0.1", port + 1)])
                .arg("--tpmstate")
                .arg(format!("dir={}", directory.path().display()))
                .stdin(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| panic!("swtpm: {error}; install swtpm and swtpm-tools (`make check` does)"));
            let began = Instant::now();
            while child.try_wait().unwrap().is_none() {
                // Not the other port: swtpm takes the first connection there for its only one.
                if TcpStream::connect(("127.0.0.1", port + 1)).is_ok() {
                    let wire = Arc::new(Mutex::new(Wire::default()));
                    return Self {
                        port: wiretap(port, &wire),
                        behind: port,
                        child,
                        wire,
                        _directory: directory,
                    };
                }
                assert!(began.elapsed() < LIMIT, "swtpm does not listen");
                thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("swtpm finds no free port");
    }

    pub fn context(&self) -> Context {
        let name = format!("swtpm:host=127.0.0.1,port={}", self.port);
        Context::new(TctiNameConf::from_str(&name).unwrap()).unwrap()
    }

    /// Codes of commands and the TPM's own answers, since this was asked last.
    pub fn said(&self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.wire.lock().unwrap().said)
    }

    /// From now on this decides what comes back.
    pub fn lie(&self, lie: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>> + Send + 'static) {
        self.wire.lock().unwrap().lie = Some(Box::new(lie));
    }

    /// Tells the truth again, and flushes what contexts that lost track left. None may be open.
    pub fn reset(&self) {
        self.wire.lock().unwrap().lie = None;
        let mut tpm = TcpStream::connect(("127.0.0.1", self.behind)).unwrap();
        for handle in (0..3).flat_map(|slot| [0x8000_0000 + slot, 0x0300_0000 + slot]) {
            let handle: [u8; 4] = u32::to_be_bytes(handle);
            tpm.write_all(&[&[0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65], handle.as_slice()].concat())
                .unwrap();
            message(&mut tpm).unwrap();
        }
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; install swtpm-tools (`make check` does)"));
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&said)
    );
}

/// A port whose neighbour is free, too: that is where the control channel is.
fn adjacent_ports() -> (TcpListener, TcpListener) {
    let pairs = std::iter::repeat_with(|| {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let next = first.local_addr().unwrap().port().checked_add(1)?;
        Some((first, TcpListener::bind(("127.0.0.1", next)).ok()?))
    });
    pairs
        .take(100)
        .flatten()
        .next()
        .expect("no two adjacent ports are free")
}

/// Puts a wire before the TPM; it lives as long as the tests.
fn wiretap(behind: u16, wire: &Arc<Mutex<Wire>>) -> u16 {
    let (commands, control) = adjacent_ports();
    let port = commands.local_addr().unwrap().port();
    let wire = Arc::clone(wire);
    thread::spawn(move || {
        for client in commands.incoming().map_while(Result::ok) {
            let Ok(tpm) = TcpStream::connect(("127.0.0.1", behind)) else {
                break;
            };
            // The TPM has one client at a time.
            let _ = tap(client, tpm, &wire);
        }
    });
    thread::spawn(move || {
        for client in control.incoming().map_while(Result::ok) {
            let Ok(tpm) = TcpStream::connect(("127.0.0.1", behind + 1)) else {
                break;
            };
            let (from, to) = (client.try_clone().unwrap(), tpm.try_clone().unwrap());
            thread::spawn(move || copy(from, to));
            thread::spawn(move || copy(tpm, client));
        }
    });
    port
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

fn tap(mut client: TcpStream, mut tpm: TcpStream, wire: &Mutex<Wire>) -> io::Result<()> {
    loop {
        let command = message(&mut client)?;
        tpm.write_all(&command)?;
        let answer = message(&mut tpm)?;
        let mut wire = wire.lock().unwrap();
        let lie = wire.lie.as_mut().and_then(|lie| lie(&command, &answer));
        client.write_all(lie.as_ref().unwrap_or(&answer))?;
        wire.said.push((code(&command), answer));
    }
}

/// Which command it is.
pub fn code(command: &[u8]) -> u32 {
    u32::from_be_bytes(*command[6..].first_chunk().unwrap())
}

/// Tag, length of all, code, and the rest (TPM 2.0 Library, Part 1, 18 'Command/Response Structure').
fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 10];
    stream.read_exact(&mut message)?;
    let len = u32::from_be_bytes(*message[2..].first_chunk().unwrap());
    message.resize(usize::try_from(len).unwrap(), 0);
    stream.read_exact(&mut message[10..])?;
    Ok(message)
}
