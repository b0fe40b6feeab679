//! libtss2 and a TPM behind a connection: a server on loopback that speaks the protocol of the TPM simulator, and hands each
//! command to a script on the host, which writes it to `/dev/tpmrm0`. The host needs a shell, `dd` and `od`.
//!
//! Of the protocols that tss-esapi can name, the simulator's is the only one that keeps its connections: each of the two
//! ports takes one, and is closed then.

use super::{AttestError, command_code::refusal};
use crate::{
    host::{Asker, Call, Dialogue, Script, Transport},
    ima::hex,
};
use std::{fmt::Write, io, net::Ipv4Addr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tss_esapi::{
    Context,
    tcti_ldr::{NetworkTPMConfig, TctiNameConf},
};

/// How long a host may take for all of it; a TPM that makes RSA keys is slow.
const DEADLINE: Duration = Duration::from_secs(1800);

/// The longest command of a PC's TPM.
const LONGEST: usize = 4096;

/// What a host gave.
pub(super) struct Visit<T> {
    /// What the work with its TPM gave; `None` where it has none.
    pub(super) tpm: Option<T>,
    /// `binary_runtime_measurements`, read afterwards.
    pub(super) list: Vec<u8>,
    /// The running boot.
    pub(super) boot_id: String,
}

/// Works with a host's TPM, and then reads its list, all in one run of one script.
///
/// # Errors
/// When the host cannot be asked, or the work fails.
pub(super) async fn visit<T: Send + 'static>(
    transport: &dyn Transport,
    work: impl FnOnce(&mut Context) -> Result<T, AttestError> + Send + 'static,
) -> Result<Visit<T>, AttestError> {
    let (mut asker, dialogue) = Dialogue::new();
    let call = Call::new(Script::Attest).dialogue(dialogue).deadline(DEADLINE);
    let talk = async move {
        let greeting = asker.hear().await.unwrap_or_default();
        let (device, boot_id) = greeting.split_once(' ').unwrap_or_default();
        let tpm = match device {
            "tpm" => with_tpm(asker, work).await.map(Some),
            _ => Ok(None),
        };
        (tpm, boot_id.to_owned())
    };
    let (answer, (tpm, boot_id)) = tokio::join!(transport.run(call), talk);
    // Why the script ended tells more than that the TPM went away.
    let list = answer?.success(Script::Attest)?.stdout;
    Ok(Visit {
        tpm: tpm?,
        list,
        boot_id,
    })
}

async fn with_tpm<T: Send + 'static>(
    asker: Asker,
    work: impl FnOnce(&mut Context) -> Result<T, AttestError> + Send + 'static,
) -> Result<T, AttestError> {
    let ports = Ports::open().await.map_err(AttestError::Loopback)?;
    let name = ports.name().map_err(AttestError::Loopback)?;
    let work = tokio::task::spawn_blocking(move || {
        let mut context = Context::new(name)?;
        work(&mut context)
    });
    let serve = ports.serve(asker);
    tokio::pin!(serve, work);
    let worked = tokio::select! {
        worked = &mut work => worked,
        // Its end is the end of the connections: the work sees that by itself.
        _ = &mut serve => work.await,
    };
    worked.map_err(|_| AttestError::Work)?
}

/// Two ports, one after the other, as the simulator has: commands, and the platform's signals.
struct Ports {
    commands: TcpListener,
    platform: TcpListener,
}

impl Ports {
    async fn open() -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        // The port after a free one is seldom taken.
        for _ in 0..64 {
            let commands = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let Some(next) = commands.local_addr()?.port().checked_add(1) else {
                continue;
            };
            match TcpListener::bind((Ipv4Addr::LOCALHOST, next)).await {
                Ok(platform) => return Ok(Self { commands, platform }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn name(&self) -> io::Result<TctiNameConf> {
        let port = self.commands.local_addr()?.port();
        let config: NetworkTPMConfig = format!("host=127.0.0.1,port={port}")
            .parse()
            .map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(TctiNameConf::Mssim(config))
    }

    async fn serve(self, asker: Asker) -> io::Result<()> {
        let (commands, _) = self.commands.accept().await?;
        let (platform, _) = self.platform.accept().await?;
        drop((self.commands, self.platform));
        tokio::try_join!(serve_commands(commands, asker), serve_platform(platform)).map(|_| ())
    }
}

/// TPM_SEND_COMMAND of the simulator (tpm2-tss, src/tss2-tcti/tcti-mssim.c).
const SEND_COMMAND: u32 = 8;

/// The code, a locality, a length, the command; back goes a length, the answer, and zeros.
async fn serve_commands(mut stream: TcpStream, mut asker: Asker) -> io::Result<()> {
    loop {
        let code = match stream.read_u32().await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            code => code?,
        };
        if code != SEND_COMMAND {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let _locality = stream.read_u8().await?;
        let len = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
        if len > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut command = vec![0; len];
        stream.read_exact(&mut command).await?;
        let answer = match refusal(&command) {
            Some(refusal) => refusal,
            None => asker
                .ask(octal(&command).into_bytes())
                .await
                .and_then(hex::decode)
                .filter(|answer| !answer.is_empty())
                .ok_or(io::ErrorKind::BrokenPipe)?,
        };
        stream.write_u32(u32::try_from(answer.len()).unwrap_or(0)).await?;
        stream.write_all(&answer).await?;
        stream.write_u32(0).await?;
    }
}

/// Power on, NV on, cancel: a real TPM needs none of them.
async fn serve_platform(mut stream: TcpStream) -> io::Result<()> {
    loop {
        match stream.read_u32().await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            signal => signal?,
        };
        stream.write_u32(0).await?;
    }
}

/// `\ooo` for each byte: every shell's printf makes bytes of it, NUL too.
fn octal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 4), |mut text, byte| {
            let _ = write!(text, "\\{byte:03o}");
            text
        })
}
